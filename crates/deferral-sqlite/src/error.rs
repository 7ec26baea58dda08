//! What can go wrong in a file, in the words of a store: what happened and what to do about it.

use deferral_core::StoreError;
use rusqlite::ErrorCode;

const STOPPED: &str = "the store is closed, or its writer stopped; open it again";

/// What went wrong inside the store. It can be told to more than one caller.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite says so.
    Sql(rusqlite::Error),
    /// The system says so, of a file beside the database.
    File(String, std::io::Error),
    /// A row is not what a row can be.
    Unreadable {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
    /// Nobody writes any more.
    Stopped,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// What SQLite's word for it means to a caller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Busy,
    Full,
    ReadOnly,
    Corrupt,
    NotADatabase,
    Io,
    Row,
    Other,
}

const fn class(error: &rusqlite::Error) -> Class {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(error, _) => match error.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Class::Busy,
            ErrorCode::DiskFull => Class::Full,
            ErrorCode::ReadOnly => Class::ReadOnly,
            ErrorCode::DatabaseCorrupt => Class::Corrupt,
            ErrorCode::NotADatabase => Class::NotADatabase,
            ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::CannotOpen => {
                Class::Io
            }
            _ => Class::Other,
        },
        E::FromSqlConversionFailure(..)
        | E::InvalidColumnType(..)
        | E::IntegralValueOutOfRange(..) => Class::Row,
        _ => Class::Other,
    }
}

impl Failure {
    /// A row that can't be read.
    pub(crate) fn unreadable(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unreadable { what: what.into(), why: why.into() }
    }

    /// Whether SQLite may have rolled the whole transaction back, or the next statement would fail
    /// the same way: then nobody in the batch was written.
    pub(crate) const fn ends_transaction(&self) -> bool {
        match self {
            Self::Sql(error) => !matches!(class(error), Class::Row | Class::Other),
            Self::File(..) | Self::Unreadable { .. } | Self::Stopped => false,
        }
    }

    /// Whether the connection may not be as it seems.
    pub(crate) const fn is_broken(&self) -> bool {
        matches!(self, Self::Sql(error) if matches!(class(error), Class::Io | Class::Corrupt))
    }

    /// Whether there was no room.
    pub(crate) const fn is_full(&self) -> bool {
        matches!(self, Self::Sql(error) if matches!(class(error), Class::Full))
    }

    /// As a caller is told, when nothing of theirs was written.
    pub(crate) fn told(&self) -> StoreError {
        let error = match self {
            Self::Unreadable { what, why } => return corrupt(what.clone(), why.clone()),
            Self::File(what, error) => return io(what, error),
            Self::Stopped => return unavailable(STOPPED),
            Self::Sql(error) => error,
        };
        match class(error) {
            Class::Busy => StoreError::Unavailable(
                format!("{error}; another process holds the database: wait for it, or stop it")
                    .into(),
            ),
            Class::Full => StoreError::Full(format!("{error}; free some space on its disk").into()),
            Class::ReadOnly => StoreError::ReadOnly(
                format!("{error}; let this user write the database file and its directory").into(),
            ),
            Class::Corrupt => corrupt(
                "the database".to_owned(),
                format!("{error}; stop all its processes and restore a backup"),
            ),
            Class::NotADatabase => corrupt(
                "the file".to_owned(),
                format!("{error}; give the path of a Deferral database, or of a new file"),
            ),
            Class::Row => corrupt("a row".to_owned(), error.to_string()),
            Class::Io => StoreError::Unavailable(
                format!("{error}; look at the disk and its directory").into(),
            ),
            Class::Other => StoreError::Unavailable(error.to_string().into()),
        }
    }

    /// As the maker of a commit is told whose answer was lost.
    pub(crate) fn unknown(&self) -> StoreError {
        match self {
            Self::Sql(error) => StoreError::OutcomeUnknown(error.to_string().into()),
            Self::File(what, error) => {
                StoreError::OutcomeUnknown(format!("{what}: {error}").into())
            }
            Self::Unreadable { what, why } => {
                StoreError::OutcomeUnknown(format!("{what}: {why}").into())
            }
            Self::Stopped => StoreError::OutcomeUnknown(STOPPED.into()),
        }
    }
}

pub(crate) fn corrupt(what: String, why: String) -> StoreError {
    StoreError::Corrupt { what, source: why.into() }
}

pub(crate) fn unavailable(why: impl Into<String>) -> StoreError {
    StoreError::Unavailable(why.into().into())
}

/// A file or directory of the store that the system refuses.
pub(crate) fn io(what: &str, error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    let text = format!("{what}: {error}");
    match error.kind() {
        ErrorKind::NotFound => unavailable(format!("{text}; make the directory first")),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly(
            format!("{text}; let this user write the database file and its directory").into(),
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            StoreError::Full(format!("{text}; free some space on its disk").into())
        }
        _ => unavailable(text),
    }
}
