//! Whose turn it is to write, among processes that share a file.
//!
//! SQLite's write lock goes to whoever asks at the right moment, and a process that writes all
//! the time always does. So each first takes the lock of a file beside the database, then waits
//! for the write lock, and then frees the first: who comes back from a batch finds the turn taken
//! by the one that waits, and is next after it.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::Result;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::patience::Patience;

/// A process that was stopped with the turn in its hand must not stop the others: this is about
/// fairness, the database is safe without.
const PATIENCE: Duration = Duration::from_millis(200);

/// The turn to write.
pub(crate) struct Turn {
    file: File,
    /// Whoever has it did not give it back in time: it is not waited for again until it is free.
    held_up: Cell<bool>,
}

/// The turn is ours until this is dropped.
pub(crate) struct Taken<'t> {
    file: &'t File,
}

impl Turn {
    /// The turn of the database beside this file.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(path)?;
        Ok(Self { file, held_up: Cell::new(false) })
    }

    /// Waits for our turn; after a while goes on without.
    pub(crate) fn take(&self) -> Option<Taken<'_>> {
        let patience = Patience::new(PATIENCE);
        loop {
            if self.file.try_lock().is_ok() {
                self.held_up.set(false);
                return Some(Taken { file: &self.file });
            }
            if self.held_up.get() || !patience.pause() {
                self.held_up.set(true);
                return None;
            }
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        // The system frees it at the latest when the file is closed.
        let _freed = self.file.unlock();
    }
}
