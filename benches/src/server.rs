//! A server to be measured: this program, started again as something else.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::error::Error;
use crate::usage::Usage;

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

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
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::GroupCommit => "group commit",
            Self::Service => "deferral",
        }
    }

    fn arguments(self, folder: &Path) -> Vec<OsString> {
        let database = folder.join("deferral.db").into_os_string();
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        match self {
            Self::Hello => words(&["bare", "hello"]),
            Self::GroupCommit => [words(&["bare", "group-commit"]), vec![database]].concat(),
            Self::Service => {
                let mut store = OsString::from("sqlite:");
                store.push(database);
                let rest = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
                let on = ["--set", "rehearsals.enabled=true"];
                let start = words(&["service", "serve", "--store"]);
                [start, vec![store], words(&rest), words(&on)].concat()
            }
        }
    }
}

/// A server that listens. It is killed when this is dropped: nobody misses what it has.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pid: u32,
    /// Held open: a server may say more than where it listens.
    _lines: Lines<BufReader<ChildStdout>>,
    child: Child,
}

impl Server {
    /// Starts it with a new database in this folder.
    pub(crate) async fn start(kind: Kind, folder: &Path) -> Result<Self, Error> {
        let name = kind.name();
        let failed = |source| Error::Start { name, source };
        let log = folder.join("log");
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .args(kind.arguments(folder))
            .env_clear()
            .envs(std::env::vars_os().filter(|(variable, _)| !is_setting(variable)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(failed)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let ended =
            || Error::Ended { name, said: std::fs::read_to_string(&log).unwrap_or_default() };
        let (Some(stdout), Some(pid)) = (child.stdout.take(), child.id()) else {
            return Err(ended());
        };
        let mut lines = BufReader::new(stdout).lines();
        match timeout(PATIENCE, address(&mut lines)).await {
            Ok(Some(address)) => Ok(Self { address, pid, _lines: lines, child }),
            Ok(None) => Err(ended()),
            Err(_) => Err(Error::Silent { name, patience: PATIENCE }),
        }
    }

    pub(crate) fn usage(&self) -> Result<Usage, Error> {
        Usage::of(self.pid)
    }

    /// Kills it, and waits until it is gone: the next one gets the machine for itself.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        Ok(self.child.kill().await?)
    }
}

/// What somebody configured for their own service is not what is measured.
fn is_setting(variable: &OsStr) -> bool {
    variable.to_string_lossy().starts_with("DEFERRAL_")
}

async fn address(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<SocketAddr> {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, address)) = line.split_once(" listens on http://") {
            return address.trim().parse().ok();
        }
    }
    None
}
