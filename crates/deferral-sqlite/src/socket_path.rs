//! A directory of sockets whose own path may be longer than the path of a socket can be.

use std::fs::{self, File};
use std::io::Result;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

/// So long a path of a directory leaves room for the name of a socket, on all systems.
const LONGEST: usize = 70;

/// A directory of sockets.
pub(crate) struct SocketDirectory {
    directory: PathBuf,
    /// The directory as the system lets us name it in a few characters, if its own path is long.
    opened: Option<File>,
}

impl SocketDirectory {
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        let is_long = directory.as_os_str().len() > LONGEST;
        let opened = if is_long { Some(File::open(directory)?) } else { None };
        Ok(Self { directory: directory.to_owned(), opened })
    }

    /// The path of a socket, short enough.
    pub(crate) fn path(&self, socket: &Path) -> PathBuf {
        match &self.opened {
            Some(opened) => {
                PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())).join(socket)
            }
            None => self.directory.join(socket),
        }
    }

    /// The names of the sockets that are there.
    pub(crate) fn sockets(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let names = entries.flatten().map(|entry| PathBuf::from(entry.file_name()));
        names.filter(|name| name.extension().is_some_and(|end| end == "sock")).collect()
    }

    /// Removes a socket that nobody listens to. True, so that a caller forgets it too.
    pub(crate) fn remove(&self, socket: &Path) -> bool {
        // One that stays is found to be dead again.
        let _removed = fs::remove_file(self.directory.join(socket));
        true
    }
}
