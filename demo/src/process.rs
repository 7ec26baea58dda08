//! The other processes of a story: this program, started again as something else.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::error::Error;

/// How long a process may take until it listens, and until it ends.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process of the story. It ends with it.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Process {
    /// Starts this program with these arguments; its log goes into a file of the folder.
    pub(crate) fn start<S: AsRef<OsStr>>(
        name: &'static str,
        folder: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Start { name, source };
        let log = folder.join(format!("{name}.log"));
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(failed)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let stdout = child.stdout.take().ok_or(Error::Missing("standard output"))?;
        Ok(Self { name, child, lines: BufReader::new(stdout).lines(), log })
    }

    /// Waits until it says where it listens.
    pub(crate) async fn url(&mut self) -> Result<String, Error> {
        let log = self.log.display().to_string();
        let name = self.name;
        let listening = async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                if let Some((_, url)) = line.split_once(" listens on ") {
                    return Some(url.trim().to_owned());
                }
            }
            None
        };
        match tokio::time::timeout(PATIENCE, listening).await {
            Ok(Some(url)) => Ok(url),
            Ok(None) => Err(Error::Ended { name, log }),
            Err(_) => Err(Error::Silent { name, patience: PATIENCE, log }),
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        // Gone already is as good.
        let _gone = pid.map(|pid| kill_process(pid, Signal::TERM));
        if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_err() {
            let _gone = self.child.kill().await;
        }
    }
}
