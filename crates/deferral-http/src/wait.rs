//! Waiting for an operation to become what a caller waits for.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::{Operation, Status};
use tokio::time::timeout;

use crate::shared::Shared;

/// The operation once it is `enough`, or as it stands when the time is over, when this process
/// drains, or when too many wait already.
pub(crate) async fn until(
    shared: &Shared,
    operation: Operation,
    at_most: Duration,
    enough: impl Fn(&Operation) -> bool,
) -> Operation {
    let mut operation = operation;
    let waiting = async {
        while !enough(&operation) {
            let (id, seen) = (operation.id, operation.version);
            let Ok(changed) = shared.watch.changed(id, seen).await else { return };
            operation = Arc::unwrap_or_clone(changed);
        }
    };
    tokio::select! {
        _over = timeout(at_most, waiting) => {}
        () = shared.drained() => {}
    }
    operation
}

/// Whether waiting longer is of no use: it ended, or somebody must decide first.
pub(crate) fn is_settled(operation: &Operation) -> bool {
    operation.status.is_terminal() || operation.status == Status::AwaitingConfirmation
}
