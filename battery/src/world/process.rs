//! Processes: this program again, as the service or as the back office, and their signals.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::patience::eventually;
use crate::error::Error;

/// How long a process may take until it listens, and until it is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to start, and how. Attacks add what they need: a wrapper, variables.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// What it is called; its log is `NAME.log`, and all processes of a name write to it.
    pub(crate) name: String,
    /// The command line, without the program.
    pub(crate) arguments: Vec<OsString>,
    /// What to start instead, with the program and its arguments behind it: `strace -D …`. It
    /// should replace itself by the program, or signals reach the wrapper only.
    pub(crate) wrapper: Vec<OsString>,
    /// Further variables.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// A process that ends with its value.
#[derive(Debug)]
pub(crate) struct Process {
    /// As it was launched.
    pub(crate) name: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
    started: Instant,
}

/// So long a process may take until it listens to signals.
const DEAF: Duration = Duration::from_secs(3);

/// The log that all processes of this name write.
pub(crate) fn log_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

impl Launch {
    /// This program with these arguments.
    pub(crate) fn new<S: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = S>) -> Self {
        let arguments = arguments.into_iter().map(|it| it.as_ref().to_owned()).collect();
        Self { name: name.to_owned(), arguments, wrapper: Vec::new(), environment: Vec::new() }
    }

    /// With more arguments behind.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(OsString::from));
        self
    }

    /// With settings of the service (`section.key=value`).
    pub(crate) fn set(mut self, settings: &[&str]) -> Self {
        for setting in settings {
            self.arguments.extend([OsString::from("--set"), OsString::from(setting)]);
        }
        self
    }

    /// Started by a wrapper.
    pub(crate) fn wrapped(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(OsString::from).collect();
        self
    }

    /// With a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// The command, which belongs to a folder and knows no variable of the one who runs the
    /// battery that would change what the service does.
    fn command(&self, folder: &Path) -> Result<Command, Error> {
        let program = std::env::current_exe().map_err(|source| self.failed(source))?;
        let mut command = match self.wrapper.split_first() {
            Some((wrapper, arguments)) => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(program);
                command
            }
            None => Command::new(program),
        };
        for (name, _) in std::env::vars().filter(|(name, _)| is_foreign(name)) {
            command.env_remove(name);
        }
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
        Ok(command)
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::Start { name: self.name.clone(), source }
    }

    /// Starts it.
    pub(crate) fn start(&self, folder: &Path) -> Result<Process, Error> {
        let log = log_of(folder, &self.name);
        let opened = OpenOptions::new().create(true).append(true).open(&log);
        let file = opened.map_err(|source| self.failed(source))?;
        let mut command = self.command(folder)?;
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(|source| self.failed(source))?;
        let missing = || std::io::Error::other("it has no standard output");
        let stdout = child.stdout.take().ok_or_else(|| self.failed(missing()))?;
        let lines = BufReader::new(stdout).lines();
        Ok(Process { name: self.name.clone(), child, lines, log, started: Instant::now() })
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, folder: &Path) -> Result<Output, Error> {
        let output = tokio::time::timeout(PATIENCE, self.command(folder)?.output());
        let never = || Error::Never { what: format!("{} to end", self.name), patience: PATIENCE };
        output.await.map_err(|_elapsed| never())?.map_err(|source| self.failed(source))
    }
}

/// Settings of the service; the canary alone is meant for what is attacked.
fn is_foreign(name: &str) -> bool {
    name.starts_with("DEFERRAL_") && name != "DEFERRAL_CANARY"
}

impl Process {
    /// Waits until it says where it listens.
    pub(crate) async fn url(&mut self) -> Result<String, Error> {
        let listening = async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                if let Some((_, url)) = line.split_once(" listens on ") {
                    return Some(url.trim().to_owned());
                }
            }
            None
        };
        let ended = || Error::Ended { name: self.name.clone(), log: self.log.clone() };
        match tokio::time::timeout(PATIENCE, listening).await {
            Ok(url) => url.ok_or_else(ended),
            Err(_elapsed) => {
                let what = format!("{} to listen", self.name);
                Err(Error::Never { what, patience: PATIENCE })
            }
        }
    }

    /// Its process id; none once it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it has not ended.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let gone = || self.unexpected(&"it has ended");
        kill_process(pid.ok_or_else(gone)?, signal).map_err(|error| self.unexpected(&error))
    }

    fn unexpected(&self, why: &dyn std::fmt::Display) -> Error {
        let what = format!("{} (log {})", self.name, self.log.display());
        Error::Unexpected { what, why: why.to_string() }
    }

    /// SIGSTOP: when this returns, no thread of it does anything any more, and it does not know.
    pub(crate) async fn freeze(&self) -> Result<(), Error> {
        self.signal(Signal::STOP)?;
        // The signal is only on its way when it is sent.
        let id = self.child.id().unwrap_or_default();
        eventually(&format!("{} stopped", self.name), async || match is_stopped(id) {
            Ok(stopped) => Ok(stopped.then_some(())),
            Err(error) => Err(self.unexpected(&error)),
        })
        .await
    }

    /// SIGCONT
    pub(crate) fn thaw(&self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    /// SIGKILL. Whether this was what ended it: somebody may have been faster.
    pub(crate) async fn kill(mut self) -> Result<bool, Error> {
        if !self.is_alive() {
            return Ok(false);
        }
        self.signal(Signal::KILL)?;
        let status = self.ended().await?;
        Ok(status.signal() == Some(Signal::KILL.as_raw()))
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) -> Result<(), Error> {
        self.signal(Signal::TERM)
    }

    /// SIGTERM; it must end well. One that has only just begun is ended by the signal itself.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        let is_deaf = self.started.elapsed() < DEAF;
        self.terminate()?;
        let status = self.ended().await?;
        let by_signal = is_deaf && status.signal() == Some(Signal::TERM.as_raw());
        if status.success() || by_signal { Ok(()) } else { Err(self.unexpected(&status)) }
    }

    /// How it ended.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus, Error> {
        let never = || Error::Never { what: format!("{} to end", self.name), patience: PATIENCE };
        let waited = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = waited.map_err(|_elapsed| never())?;
        status.map_err(|error| self.unexpected(&error))
    }
}

/// Whether all threads of a process are stopped.
fn is_stopped(id: u32) -> std::io::Result<bool> {
    for task in std::fs::read_dir(format!("/proc/{id}/task"))? {
        let stat = std::fs::read_to_string(task?.path().join("stat"))?;
        // The name, in parentheses, may hold anything.
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
        if !matches!(state, Some("T" | "Z" | "X")) {
            return Ok(false);
        }
    }
    Ok(true)
}
