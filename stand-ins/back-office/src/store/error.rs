//! What can go wrong with the database, and with a request that needs it.

use crate::office::Conflict;

/// The database failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `SQLite` said so.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A transaction panicked, or the process is ending.
    #[error("database: the transaction was aborted")]
    Aborted,
}

/// Why a request to a mass payment was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("there is no such mass payment")]
    NotFound,
    #[error("this can't be decided any more, or not yet")]
    Conflict(Conflict),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError::Sqlite(error))
    }
}
