//! What every workload works with.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::child::Sample;
use crate::database::{Disk, FILE};
use crate::error::Error;
use crate::flush;
use crate::output::Progress;
use crate::process::Process;
use crate::size::Size;

/// How long a process may take for its part; the growth of a file by ten million jobs longest.
const PATIENCE: Duration = Duration::from_secs(3600);

pub(crate) struct Bench {
    pub(crate) disk: Disk,
    pub(crate) size: Size,
    pub(crate) progress: Progress,
}

impl Bench {
    /// What a process of its own measures on the database in this folder.
    pub(crate) async fn sample(&self, words: &[&str], folder: &Path) -> Result<Sample, Error> {
        let process = self.process(words, folder)?;
        let sample = process.sample(PATIENCE).await;
        self.progress.step();
        sample
    }

    /// The same, with a new database.
    pub(crate) async fn fresh(&self, words: &[&str]) -> Result<Sample, Error> {
        self.sample(words, self.disk.folder()?.path()).await
    }

    /// A process of its own on the database in this folder: the first of `words` says what it
    /// does, the rest is for it.
    pub(crate) fn process(&self, words: &[&str], folder: &Path) -> Result<Process, Error> {
        let (what, rest) = words.split_first().unwrap_or((&"", &[]));
        let start = ["bench", "child", what, FILE];
        let arguments: Vec<_> = start.iter().chain(rest).map(OsString::from).collect();
        Process::start(&arguments, folder)
    }

    /// How long the disk takes to flush 8 KiB now.
    pub(crate) fn fsync_micros(&self) -> Result<f64, Error> {
        flush::probe(self.disk.folder()?.path()).map_err(Error::Folder)
    }
}
