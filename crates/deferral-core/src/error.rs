//! What can go wrong with a store, by who acts on it.

use std::error::Error;

use crate::{OnceRecord, Operation};

/// The store could not answer. Nothing was changed, except as each case says.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is away, locked or overloaded: nothing was written, try again later.
    #[error("the store is not available: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// There is no room left: nothing was written; free some.
    #[error("the store is full: {0}")]
    Full(#[source] Box<dyn Error + Send + Sync>),
    /// It may not be written to: nothing was written.
    #[error("the store is read-only: {0}")]
    ReadOnly(#[source] Box<dyn Error + Send + Sync>),
    /// The answer of a commit was lost: it is written whole, or not at all, and nobody knows.
    #[error("whether the commit was written is unknown: {0}")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// What stands in the store can't be read. It was left in place.
    #[error("{what} can't be read from the store: {source}")]
    Corrupt {
        /// Which row.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why a commit was refused: the world is not as its maker saw it. Nothing was written; decide
/// again on what is told here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A key of [`Once`](crate::Once) is taken.
    #[error("the key is taken")]
    Taken {
        /// By what.
        record: OnceRecord,
        /// The operation accepted with it, unless it is gone.
        operation: Option<Box<Operation>>,
    },
    /// An operation of this id exists already (possibly another tenant's).
    #[error("the operation exists already")]
    OperationExists,
    /// The operation changed since it was read.
    #[error("the operation changed meanwhile")]
    OperationChanged {
        /// As it is now; none when it is gone.
        current: Option<Box<Operation>>,
    },
    /// The job is not in the state, or not under the token, that the commit rests on. A worker
    /// that is told this lost its lease: it must stop, and may not write.
    #[error("the lease is lost")]
    LeaseLost,
    /// A job of this id exists already.
    #[error("the job exists already")]
    JobExists,
}

/// Why a commit was not written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The world is not as its maker saw it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
