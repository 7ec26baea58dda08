//! A small disk that can be filled, freed and frozen: an ext4 file system in a file.
//!
//! Blocks are of 4 KiB: with the smaller ones that a small file system would get, a full disk ends
//! a process that touches shared memory by a signal.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate};

use crate::error::Error;

const ADVICE: &str = "a disk in a file is mounted by root only (in a container: --privileged); \
                      the tools are installed by cargo xtask setup. This attack is not carried \
                      out here: run it where it may mount";
/// A frozen disk is thawed at the latest then, whatever becomes of the battery.
const LONGEST_FROST: Duration = Duration::from_secs(20);

const BLOCK: u64 = 4096;

/// A disk of its own. It is unmounted with this value.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Makes one of so many MiB, and mounts it at a folder, which is made.
    pub(crate) fn mount(folder: &Path, size: u64) -> Result<Self, Error> {
        let failed = |source| Error::File { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let image = folder.with_extension("img");
        File::create(&image).and_then(|file| file.set_len(size << 20)).map_err(failed)?;
        // None of it is kept for root, who would not notice that it is full.
        let make = ["-q", "-F", "-b", "4096", "-m", "0", "-J", "size=4"];
        must("mkfs.ext4", Command::new("mkfs.ext4").args(make).arg(&image))?;
        must("mount", Command::new("mount").args(["-o", "loop"]).arg(&image).arg(folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where it is mounted.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    /// Fills it to the last block; how many bytes went in.
    pub(crate) fn fill(&self) -> Result<u64, Error> {
        let path = self.ballast();
        let failed = |source| Error::File { path: path.clone(), source };
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        let mut length = file.metadata().map_err(failed)?.len();
        let before = length;
        for size in [8 << 20, 1 << 20, 64 << 10, BLOCK] {
            // Its blocks are taken, without being written.
            while let Ok(()) = fallocate(&file, FallocateFlags::empty(), length, size) {
                length += size;
            }
        }
        Ok(length - before)
    }

    /// Takes away what filled it.
    pub(crate) fn free(&self) -> Result<(), Error> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::File { path: self.ballast(), source: error })
            }
            _ => Ok(()),
        }
    }

    /// Lets nobody write to it for a while; who tries waits.
    pub(crate) async fn freeze(&self, how_long: Duration) -> Result<(), Error> {
        // Armed first: should this process end meanwhile, the disk thaws all the same.
        let mut rescue = Command::new("sh");
        let script = "sleep \"$0\"; fsfreeze --unfreeze \"$1\"";
        let longest = LONGEST_FROST.as_secs().to_string();
        rescue.args(["-c", script, &longest]).arg(&self.folder);
        rescue.stderr(std::process::Stdio::null());
        let mut rescue = rescue.spawn().map_err(|source| tool("sh", source))?;
        let frozen = must("fsfreeze", Command::new("fsfreeze").arg("--freeze").arg(&self.folder));
        if frozen.is_ok() {
            tokio::time::sleep(how_long.min(LONGEST_FROST)).await;
        }
        let thawed = must("fsfreeze", Command::new("fsfreeze").arg("--unfreeze").arg(&self.folder));
        // It has nothing to rescue any more.
        let _ended = rescue.kill().and_then(|()| rescue.wait());
        frozen.and(thawed).map(drop)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Who still has a file open keeps it until they are gone.
        let _unmounted = must("umount", Command::new("umount").arg("-l").arg(&self.folder));
    }
}

fn tool(name: &str, source: std::io::Error) -> Error {
    Error::Tool { tool: name.to_owned(), source, advice: ADVICE }
}

fn must(name: &str, command: &mut Command) -> Result<Output, Error> {
    let output = command.output().map_err(|source| tool(name, source))?;
    if output.status.success() {
        return Ok(output);
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(tool(name, std::io::Error::other(why)))
}
