//! Closes gates whose time is over.

use deferral_core::{CommitError, Operation, Store, transition};

pub(super) async fn expire(store: &dyn Store, operation: &Operation) {
    let Some(commit) = transition::expire(operation, store.now()) else { return };
    match store.commit(commit.into()).await {
        Ok(_) => {
            tracing::info!(operation.id = %operation.id, "Canceled: not confirmed in time");
        }
        // Decided at the last moment.
        Err(CommitError::Refused(refusal)) => {
            tracing::debug!(operation.id = %operation.id, %refusal, "Nothing to expire");
        }
        Err(CommitError::Store(error)) => {
            tracing::warn!(operation.id = %operation.id, %error, "Could not close a gate");
        }
    }
}
