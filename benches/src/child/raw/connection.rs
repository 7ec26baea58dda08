//! A connection that is set up as the store's.

use std::path::Path;

use deferral::sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::bare::PRAGMAS;
use crate::error::Error;

/// A new database with the store's schema.
pub(super) async fn create(database: &Path) -> Result<Connection, Error> {
    drop(SqliteStore::open(database, Options::default()).await?);
    open(database)
}

/// A database that is there.
pub(super) fn open(database: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(database)?;
    connection.execute_batch(PRAGMAS)?;
    Ok(connection)
}
