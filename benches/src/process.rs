//! A process of a measurement: this program, started again as something else.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::child::Sample;
use crate::error::Error;
use crate::output::READY;
use crate::usage::Usage;

/// How long a process may take until it is ready.
const START: Duration = Duration::from_secs(60);

/// A process that runs. It is killed when this is dropped: nobody misses what it has.
pub(crate) struct Process {
    name: String,
    pid: u32,
    log: PathBuf,
    lines: Lines<BufReader<ChildStdout>>,
    child: Child,
}

impl Process {
    /// Starts this program with these arguments, in this folder.
    pub(crate) fn start(arguments: &[OsString], folder: &Path) -> Result<Self, Error> {
        let shown: Vec<_> = arguments.iter().map(|it| it.to_string_lossy()).collect();
        let name = shown.join(" ");
        let failed = |source| Error::Start { name: name.clone(), source };
        let log = folder.join("log");
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .args(arguments)
            .env_clear()
            .envs(std::env::vars_os().filter(|(variable, _)| !is_setting(variable)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log).map_err(failed)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (Some(stdout), Some(pid)) = (child.stdout.take(), child.id()) else {
            return Err(Error::Ended { name, said: String::new() });
        };
        Ok(Self { name, pid, log, lines: BufReader::new(stdout).lines(), child })
    }

    /// Waits until it says where it listens.
    pub(crate) async fn address(&mut self) -> Result<SocketAddr, Error> {
        let said = |line: &str| line.split_once(" listens on http://")?.1.trim().parse().ok();
        self.told(START, said).await
    }

    /// Waits until it says that it is ready.
    pub(crate) async fn ready(&mut self) -> Result<(), Error> {
        self.told(START, |line| (line == READY).then_some(())).await
    }

    /// Waits until it says what it measured, and ends.
    pub(crate) async fn sample(mut self, patience: Duration) -> Result<Sample, Error> {
        let sample = self.told(patience, |line| serde_json::from_str(line).ok()).await?;
        let ended = timeout(START, self.child.wait()).await.map_err(|_| self.silent(START))??;
        if ended.success() { Ok(sample) } else { Err(self.ended()) }
    }

    async fn told<T>(
        &mut self,
        patience: Duration,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let lines = &mut self.lines;
        let told = timeout(patience, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(told) = read(&line) {
                    return Ok(Some(told));
                }
            }
            Ok::<_, Error>(None)
        });
        match told.await {
            Ok(told) => told?.ok_or_else(|| self.ended()),
            Err(_) => Err(self.silent(patience)),
        }
    }

    fn ended(&self) -> Error {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        Error::Ended { name: self.name.clone(), said }
    }

    fn silent(&self, patience: Duration) -> Error {
        Error::Silent { name: self.name.clone(), patience }
    }

    pub(crate) fn usage(&self) -> Result<Usage, Error> {
        Usage::of(self.pid)
    }

    /// Kills it, and waits until it is gone: the next one gets the machine for itself.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        timeout(START, self.child.kill()).await.map_err(|_| self.silent(START))??;
        Ok(())
    }
}

/// What somebody configured for their own service is not what is measured.
fn is_setting(variable: &OsStr) -> bool {
    variable.to_string_lossy().starts_with("DEFERRAL_")
}
