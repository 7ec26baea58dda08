//! New databases on the disk that is measured.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::Error;

/// The name of a database in its folder.
pub(crate) const FILE: &str = "deferral.db";

/// Where databases are put.
#[derive(Debug, Clone)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Beside this store; in the system's folder for temporary files if none is given.
    pub(crate) fn beside(store: Option<&str>) -> Result<Self, Error> {
        let Some(url) = store else { return Ok(Self(std::env::temp_dir())) };
        let path = url.strip_prefix("sqlite:").ok_or_else(|| Error::Url(url.to_owned()))?;
        let path = Path::new(path.strip_prefix("//").unwrap_or(path));
        let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
        Ok(Self(parent.unwrap_or_else(|| Path::new(".")).canonicalize().map_err(Error::Folder)?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// An empty folder, removed with all that is in it when this is dropped.
    pub(crate) fn folder(&self) -> Result<TempDir, Error> {
        TempDir::with_prefix_in("deferral-bench-", &self.0).map_err(Error::Folder)
    }

    /// A folder with a copy of the database in another, on the disk before this returns.
    pub(crate) fn copy(&self, from: &Path) -> Result<TempDir, Error> {
        let folder = self.folder()?;
        for entry in std::fs::read_dir(from).map_err(Error::Folder)? {
            let entry = entry.map_err(Error::Folder)?;
            // Beside the database stands a socket, which nobody needs.
            if entry.file_type().map_err(Error::Folder)?.is_file() {
                let to = folder.path().join(entry.file_name());
                std::fs::copy(entry.path(), &to).map_err(Error::Folder)?;
                File::open(&to).and_then(|file| file.sync_all()).map_err(Error::Folder)?;
            }
        }
        Ok(folder)
    }

    /// Whether it forgets with the power, as a disk in memory does: then no figure means much.
    pub(crate) fn is_memory(&self) -> bool {
        /// `TMPFS_MAGIC` and `RAMFS_MAGIC` of `statfs(2)`.
        const MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
        rustix::fs::statfs(&self.0).is_ok_and(|it| MEMORY.contains(&(it.f_type as u64)))
    }
}
