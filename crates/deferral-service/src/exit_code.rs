//! How the program ends, for scripts. These numbers are part of its surface.

use std::process::ExitCode;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// It failed for a reason that the message tells.
    Failed,
    /// The command line or the configuration is wrong (the number that shells use for it).
    Usage,
    /// What was asked for is not there.
    NotFound,
    /// The store is away, locked, full, or can't be read.
    Store,
    /// What was asked for can't be done to a thing that stands so.
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::Store => 4,
            Exit::Refused => 5,
        })
    }
}
