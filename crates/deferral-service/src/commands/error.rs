//! Why a subcommand did not do what was asked.

use deferral_core::transition::ResolveRefused;
use deferral_core::{CommitError, StoreError};

use crate::Exit;

/// Why a subcommand did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Refused(#[from] ResolveRefused),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Usage(String),
    #[error("can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CommandError {
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Store(_) | Self::Commit(CommitError::Store(_)) => Exit::Store,
            Self::Commit(CommitError::Refused(_)) | Self::Refused(_) => Exit::Refused,
            Self::NotFound(_) => Exit::NotFound,
            Self::Usage(_) => Exit::Usage,
            Self::Json(_) => Exit::Failed,
        }
    }
}
