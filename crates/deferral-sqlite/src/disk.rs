//! What the file stands on.

use std::path::Path;

use deferral_core::StoreError;

use crate::error::unavailable;

/// File systems of other hosts: their locks do not keep two hosts from writing at once, and their
/// shared memory is not shared.
#[cfg(target_os = "linux")]
const REMOTE: [(u64, &str); 6] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB 2"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
];

/// Refuses a directory that other hosts can write to.
#[cfg(target_os = "linux")]
pub(crate) fn must_be_local(directory: &Path) -> Result<(), StoreError> {
    // A file system that can't be asked is none of these.
    let Ok(found) = rustix::fs::statfs(directory) else { return Ok(()) };
    // As the kernel's header writes the numbers: 32 bits, whatever the field's type.
    let found = found.f_type as u64 & 0xffff_ffff;
    match REMOTE.iter().find(|(number, _)| *number == found) {
        None => Ok(()),
        Some((_, name)) => Err(unavailable(format!(
            "{} is on {name}, where a SQLite database is not safe; put it on a local disk, or use \
             PostgreSQL",
            directory.display()
        ))),
    }
}

/// Refuses a directory that other hosts can write to, where that can be known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn must_be_local(_directory: &Path) -> Result<(), StoreError> {
    Ok(())
}
