//! How large a database is.

use std::ffi::OsString;
use std::path::Path;

use crate::error::Error;

/// The file and its log, in MiB.
pub(super) fn size(database: &Path) -> Result<f64, Error> {
    let mut log = OsString::from(database);
    log.push("-wal");
    let log = match std::fs::metadata(&log) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(Error::Folder(error)),
    };
    let file = std::fs::metadata(database).map_err(Error::Folder)?.len();
    Ok((file + log) as f64 / f64::from(1 << 20))
}
