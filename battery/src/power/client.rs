//! The disk as an attack has it: a process that is told when to die.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::ADVICE;
use super::file::Forgotten;
use crate::error::Error;

/// How long the disk may take for what it is told, but for dying.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder on a disk whose power can be cut. The disk is gone with this value.
#[derive(Debug)]
pub(crate) struct Power {
    folder: PathBuf,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _disk: Child,
}

impl Power {
    /// Mounts an empty disk at an empty folder, which is made.
    pub(crate) async fn mount(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)
            .map_err(|source| Error::File { path: folder.to_owned(), source })?;
        let failed = |source| Error::Start { name: "the disk".to_owned(), source };
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.arg("disk").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        // It ends, and unmounts itself, when its standard input does.
        let mut disk = command.spawn().map_err(failed)?;
        let none = || failed(std::io::Error::other("it has no pipes"));
        let (orders, answers) = (disk.stdin.take(), disk.stdout.take());
        let (orders, answers) = (orders.ok_or_else(none)?, answers.ok_or_else(none)?);
        let answers = BufReader::new(answers).lines();
        let mut power = Self { folder: folder.to_owned(), orders, answers, _disk: disk };
        power.answer("mounted").await?;
        Ok(power)
    }

    /// Where the disk is mounted.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Cuts the power at the `calls`-th call from now that writes or flushes. What survives is up
    /// to the seed.
    pub(crate) async fn cut_at(&mut self, calls: u64, seed: u64) -> Result<(), Error> {
        self.order(&format!("cut {calls} {seed}")).await
    }

    /// Waits until the power is cut; what was forgotten.
    pub(crate) async fn dead(&mut self) -> Result<Forgotten, Error> {
        let told = self.answer("dead ").await?;
        serde_json::from_str(&told).map_err(|error| unexpected(&error))
    }

    /// Turns the power on again. Whoever had a file open must be gone.
    pub(crate) async fn restore(&mut self) -> Result<(), Error> {
        self.order("restore").await?;
        self.answer("mounted").await.map(drop)
    }

    /// Writes what the disk holds to a folder, for whoever wants to look at it later.
    pub(crate) async fn copy(&mut self, folder: &Path) -> Result<(), Error> {
        self.order(&format!("copy {}", folder.display())).await?;
        self.answer("copied").await.map(drop)
    }

    async fn order(&mut self, order: &str) -> Result<(), Error> {
        let written = self.orders.write_all(format!("{order}\n").as_bytes()).await;
        written.map_err(|error| unexpected(&error))
    }

    /// The rest of its next answer, which must begin so.
    async fn answer(&mut self, begin: &str) -> Result<String, Error> {
        let never = || Error::Never { what: format!("{begin} of the disk"), patience: PATIENCE };
        let line = tokio::time::timeout(PATIENCE, self.answers.next_line());
        let line = line.await.map_err(|_elapsed| never())?.map_err(|error| unexpected(&error))?;
        let tool = || format!("a disk with a power switch at {}", self.folder.display());
        let ended = || std::io::Error::other("it ended");
        let line =
            line.ok_or_else(|| Error::Tool { tool: tool(), source: ended(), advice: ADVICE })?;
        let rest = line.strip_prefix(begin).map(str::to_owned);
        rest.ok_or_else(|| unexpected(&format_args!("{line:?} instead of {begin:?}")))
    }
}

fn unexpected(why: &dyn std::fmt::Display) -> Error {
    Error::Unexpected { what: "the disk".to_owned(), why: why.to_string() }
}
