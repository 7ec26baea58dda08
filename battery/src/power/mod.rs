//! A power cut that is none of the machine's: a file system whose disk forgets what was not
//! flushed.
//!
//! `SIGKILL` proves nothing about flushing, since the system keeps what a dead process wrote. Here
//! the disk is a process of its own. It holds what was written apart from what was flushed, goes
//! dead in the middle of a system call, and comes back with what a real one might come back with:
//! all that was flushed, and of the rest nothing, a part, half a write, or the later without the
//! earlier. Names of files are flushed with their directory, as POSIX has it.
//!
//! Not in this process: who reads from a disk that they are themselves waits for ever.

mod client;
mod disk;
mod file;
mod mount;
mod server;

pub(crate) use self::client::Power;
pub(crate) use self::file::Forgotten;
pub(crate) use self::server::{DiskArgs, serve};

/// What to do when it can't be mounted.
const ADVICE: &str = "/dev/fuse must be there and may be mounted (in a container: --device \
                      /dev/fuse --cap-add SYS_ADMIN), and fusermount3 must be installed: cargo \
                      xtask setup";
