//! A server to be measured, in a process of its own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use crate::database::FILE;
use crate::error::Error;
use crate::process::Process;
use crate::usage::Usage;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare server that only answers.
    Hello,
    /// A bare server that writes the same rows.
    GroupCommit,
    /// `deferral serve` as it comes, with rehearsals.
    Service,
}

impl Kind {
    fn arguments(self) -> Vec<OsString> {
        let store = format!("sqlite:{FILE}");
        let words: &[&str] = match self {
            Self::Hello => &["bench", "child", "hello"],
            Self::GroupCommit => &["bench", "child", "group-commit", FILE],
            Self::Service => &[
                "serve",
                "--store",
                &store,
                "--listen",
                "127.0.0.1:0",
                "--admin-listen",
                "127.0.0.1:0",
                "--set",
                "rehearsals.enabled=true",
            ],
        };
        words.iter().map(OsString::from).collect()
    }
}

/// A server that listens.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Server {
    /// Starts it with the database in this folder, made when it is not there.
    pub(crate) async fn start(kind: Kind, folder: &Path) -> Result<Self, Error> {
        let mut process = Process::start(&kind.arguments(), folder)?;
        Ok(Self { address: process.address().await?, process })
    }

    pub(crate) fn usage(&self) -> Result<Usage, Error> {
        self.process.usage()
    }

    /// Kills it, and waits until it is gone: the next one gets the machine for itself.
    pub(crate) async fn stop(self) -> Result<(), Error> {
        self.process.stop().await
    }
}
