//! Connections to the file, set up as this store needs them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Result};

use crate::options::Options;
use crate::patience::Patience;

/// The pages that the writer keeps in memory, in KiB: the inner pages of all indexes, and the
/// leaves that are written to.
const WRITER_CACHE: i64 = 16 * 1024;
const READER_CACHE: i64 = 2 * 1024;

/// A log that grew beyond this under a long read is cut back, in bytes.
const LOG_LIMIT: i64 = 64 << 20;

/// The connection that writes.
///
/// Foreign keys are off: no table has any. Checkpoints are made by the writer between batches, so
/// that no caller waits for one. The file is not mapped into memory: a full disk would end the
/// process by a signal there.
pub(crate) fn writer(path: &Path, options: &Options) -> Result<Connection> {
    let connection = open(path, options.patience)?;
    set_up_writer(&connection, options)?;
    Ok(connection)
}

/// Makes a connection to a database that is known to be ours the one that writes.
pub(crate) fn set_up_writer(connection: &Connection, options: &Options) -> Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", options.synchronous.pragma())?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// A connection that reads.
pub(crate) fn reader(path: &Path, options: &Options) -> Result<Connection> {
    let connection = open(path, options.patience)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE)?;
    Ok(connection)
}

/// A connection to whatever stands there; it changes nothing yet.
pub(crate) fn open(path: &Path, patience: Duration) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_others(patience)))?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(0);
    Ok(connection)
}

/// Waits for other processes, so long at most.
pub(crate) fn wait_for_others(limit: Duration) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut patience = Patience::new(limit);
    move |times| {
        if times == 0 {
            patience.reset();
        }
        patience.pause()
    }
}
