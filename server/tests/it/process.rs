//! Processes of the binary `deferral`.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a process may take until it listens, and until it is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that ends with the test.
pub(crate) struct Process {
    name: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// The log that all processes of this name write one after the other.
fn log_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

fn deferral(folder: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deferral"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DEFERRAL_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub(crate) async fn run(folder: &Path, arguments: &[String]) -> Output {
    let output = deferral(folder, arguments).output();
    tokio::time::timeout(PATIENCE, output).await.expect("it did not end").unwrap()
}

impl Process {
    pub(crate) fn start(folder: &Path, name: &str, arguments: &[String]) -> Self {
        let log = OpenOptions::new().create(true).append(true).open(log_of(folder, name)).unwrap();
        let mut command = deferral(folder, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { name: name.to_owned(), child, lines }
    }

    /// Waits until it says where it listens.
    pub(crate) async fn url(&mut self) -> String {
        let said = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if let Some(url) = line.strip_prefix("deferral listens on ") {
                    return url.trim().to_owned();
                }
            }
            panic!("{} ended before it listened", self.name)
        };
        tokio::time::timeout(PATIENCE, said).await.expect("it never listened")
    }

    /// SIGTERM, and how it ended.
    pub(crate) async fn end(mut self) -> ExitStatus {
        let pid = self.child.id().expect("it has ended");
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it did not end").unwrap()
    }
}
