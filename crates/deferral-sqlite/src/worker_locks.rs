//! Workers hold a file lock each as long as their process lives, so that its death is known at
//! once: the system frees the locks of a dead process, however it died.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deferral_core::WorkerId;

/// A fresh id is contended by nobody but a sweep that passes by.
const TRIES: usize = 1000;

/// The locks of this process, and a look at those of others.
pub(crate) struct WorkerLocks {
    directory: PathBuf,
    held: Mutex<HashMap<WorkerId, File>>,
}

impl WorkerLocks {
    /// None is held yet. The files stand in `directory`, which is made.
    pub(crate) fn new(directory: PathBuf) -> Result<Self> {
        make_private(&directory)?;
        Ok(Self { directory, held: Mutex::default() })
    }

    /// Takes the lock of a worker of this process, unless that has it already.
    pub(crate) fn take(&self, worker: WorkerId) -> Result<()> {
        if self.held().contains_key(&worker) {
            return Ok(());
        }
        let path = self.path(worker);
        for _ in 0..TRIES {
            let file = open(&path)?;
            // A sweep may have found the file before it was locked, and removed it.
            if file.try_lock().is_ok() && is_at(&file, &path) {
                self.held().insert(worker, file);
                return Ok(());
            }
        }
        Err(Error::from(ErrorKind::WouldBlock))
    }

    /// Frees the lock of a worker that left.
    pub(crate) fn free(&self, worker: WorkerId) {
        if self.drop_lock(worker) {
            self.remove(worker);
        }
    }

    /// Frees the lock and leaves the file, as the system does when a process dies.
    pub(crate) fn drop_lock(&self, worker: WorkerId) -> bool {
        self.held().remove(&worker).is_some()
    }

    /// Whether the process of a worker is gone. When in doubt it is not; a file that is not there
    /// belongs to a worker that was forgotten.
    pub(crate) fn is_dead(&self, worker: WorkerId) -> bool {
        self.look(worker).unwrap_or(true)
    }

    /// Whether the process of a registered worker is gone. Its file must be there and free: one
    /// that somebody cleaned away says nothing, and the lease then ends by itself.
    pub(crate) fn is_freed(&self, worker: WorkerId) -> bool {
        self.look(worker).unwrap_or(false)
    }

    /// Whether the lock is free; none when there is no file.
    fn look(&self, worker: WorkerId) -> Option<bool> {
        if self.held().contains_key(&worker) {
            return Some(false);
        }
        match File::open(self.path(worker)) {
            // Shared, so that two who look at once do not take each other for the worker.
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Some(true),
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Some(false),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => Some(false),
        }
    }

    /// Removes the file of a dead worker.
    pub(crate) fn remove(&self, worker: WorkerId) {
        // A file that stays is found dead again by the next sweep.
        let _removed = std::fs::remove_file(self.path(worker));
    }

    /// Removes files that no live process holds: of workers that died before they were written.
    pub(crate) fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return };
        for entry in entries.flatten() {
            let Some(worker) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if self.is_dead(worker) {
                self.remove(worker);
            }
        }
    }

    fn path(&self, worker: WorkerId) -> PathBuf {
        self.directory.join(worker.to_string())
    }

    fn held(&self) -> MutexGuard<'_, HashMap<WorkerId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)
}

/// Whether the path still leads to the file.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(file), Ok(path)) => file.ino() == path.ino(),
        _ => false,
    }
}

/// Makes a directory for this user alone, unless it is there.
pub(crate) fn make_private(directory: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}
