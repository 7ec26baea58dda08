//! Errors of others as problems.

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use deferral_core::transition::ActionRefused;
use deferral_core::{CommitError, NewJobError, StoreError};

use super::{FieldError, Problem};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::store_unavailable(error),
            StoreError::Full(_) => Self::store_full(error),
            StoreError::ReadOnly(_) => Self::store_read_only(error),
            StoreError::OutcomeUnknown(_) => Self::outcome_unknown(error),
            StoreError::Corrupt { .. } => Self::internal(error),
        }
    }
}

/// Refusals are answered where the commit is made; one that arrives here was not foreseen.
impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Refused(refusal) => Self::internal(refusal),
            CommitError::Store(error) => error.into(),
        }
    }
}

impl From<NewJobError> for Problem {
    fn from(error: NewJobError) -> Self {
        match error {
            NewJobError::TooDeep { .. } => {
                Self::malformed_body("The body is nested too deeply.").because(error)
            }
            NewJobError::Kind(_) | NewJobError::Input { .. } => Self::internal(error),
        }
    }
}

impl From<ActionRefused> for Problem {
    fn from(refused: ActionRefused) -> Self {
        match refused {
            ActionRefused::AlreadyFinished => Self::already_finished(),
            ActionRefused::NotFinished => Self::not_finished(),
            ActionRefused::NotCancelable => Self::not_cancelable(),
            ActionRefused::NotPending { gate } => Self::not_pending(gate),
            ActionRefused::Missing { ref name, .. } => {
                let pointer = format!("/data/{name}");
                let error = FieldError::new(pointer, "ConfirmationIncomplete", refused.to_string());
                Self::validation(vec![error])
            }
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                Self::body_too_large()
            }
            _ => Self::malformed_body("The body did not arrive whole.").because(rejection),
        }
    }
}
