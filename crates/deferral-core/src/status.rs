//! The seven statuses of an operation, as the HTTP contract names them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where an operation stands. The names are those of the wire, exactly: clients of long-running
/// operations in the field know them, and take any other ending for "still running".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Accepted; no attempt has begun.
    NotStarted,
    /// Held until somebody confirms or rejects it.
    AwaitingConfirmation,
    /// Being carried out.
    Running,
    /// Cancellation was asked for, the work has not stopped yet.
    Canceling,
    /// Ended well, possibly with item errors.
    Succeeded,
    /// Ended without what was asked for.
    Failed,
    /// Stopped, rejected or expired.
    Canceled,
}

impl Status {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 7] = [
        Self::NotStarted,
        Self::AwaitingConfirmation,
        Self::Running,
        Self::Canceling,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
    ];

    /// Whether nothing can follow.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }

    /// The name on the wire and in every store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::AwaitingConfirmation => "AwaitingConfirmation",
            Self::Running => "Running",
            Self::Canceling => "Canceling",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of the seven statuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no status: use NotStarted, AwaitingConfirmation, Running, Canceling, Succeeded, \
     Failed or Canceled"
)]
pub struct UnknownStatus(String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| UnknownStatus(text.chars().take(64).collect()))
    }
}
