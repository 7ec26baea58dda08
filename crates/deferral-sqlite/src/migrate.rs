//! The schema of a file, brought forward and never back.

use std::path::Path;

use deferral_core::StoreError;
use rusqlite::Connection;

use crate::error::{Failure, corrupt};

/// Marks the file as one of ours: "DFRL".
const APPLICATION: i32 = 0x4446_524c;

/// Each brings a file of the version before to its own, in one transaction.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_start.sql")];

/// Refuses a file that this program can't use, before anything is changed in it.
pub(crate) fn recognize(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let read = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let found = || Ok((read("user_version")?, read("application_id")?, read("schema_version")?));
    let (version, application, changes) = found().map_err(|error| Failure::Sql(error).told())?;
    let is_empty = version == 0 && application == 0 && changes == 0;
    if application != APPLICATION && !is_empty {
        return Err(corrupt(
            path.display().to_string(),
            "it is a database of another program; give the path of a Deferral database, or of a \
             new file"
                .to_owned(),
        ));
    }
    let newest = MIGRATIONS.len();
    if usize::try_from(version).is_ok_and(|version| version <= newest) {
        return Ok(());
    }
    Err(corrupt(
        path.display().to_string(),
        format!(
            "its schema is version {version}, and this program knows versions up to {newest}; run \
             the newer program that wrote it, or restore a backup from before"
        ),
    ))
}

/// Brings the schema to the newest version. Other processes may have it open.
pub(crate) fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN EXCLUSIVE")?;
    let migrated = apply(connection);
    if migrated.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    migrated
}

fn apply(connection: &Connection) -> rusqlite::Result<()> {
    // Asked under the lock: another process may have done it in the meantime.
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(0);
    for (number, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        tracing::info!("Migrating the database to schema version {}", number + 1);
        connection.execute_batch(sql)?;
    }
    if done < MIGRATIONS.len() {
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", MIGRATIONS.len())?;
    }
    connection.execute_batch("COMMIT")
}
