//! Waiting for an operation to become what a caller waits for.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::{Operation, Status};
use tokio::time::timeout;

use crate::problem::Problem;
use crate::shared::Shared;

/// What came of a wait.
pub(crate) struct Waited {
    /// The operation as it stands.
    pub(crate) operation: Operation,
    /// Whether there was room to wait, so that the caller's preference was honored.
    pub(crate) honored: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Enough,
    Over,
    NoSeat,
}

/// Waits until the operation is `enough`: not longer than `at_most`, not once this process
/// drains, and not at all when too many wait already. Of an operation that is gone by then there
/// is no news: it may be deleted before the last of it was told.
pub(crate) async fn until(
    shared: &Shared,
    mut operation: Operation,
    at_most: Duration,
    enough: impl Fn(&Operation) -> bool,
) -> Result<Waited, Problem> {
    let waiting = async {
        while !enough(&operation) {
            let (tenant, id, seen) = (&operation.tenant, operation.id, operation.version);
            let Ok(changed) = shared.watch.changed(tenant, id, seen).await else {
                return End::NoSeat;
            };
            operation = Arc::unwrap_or_clone(changed);
        }
        End::Enough
    };
    let end = tokio::select! {
        end = timeout(at_most, waiting) => end.unwrap_or(End::Over),
        () = shared.drained() => End::Over,
    };
    if end == End::Over && shared.is_gone(&operation.tenant, operation.id).await {
        return Err(Problem::operation_expired());
    }
    Ok(Waited { operation, honored: end != End::NoSeat })
}

/// Whether waiting longer is of no use: it ended, or somebody must decide first.
pub(crate) fn is_settled(operation: &Operation) -> bool {
    operation.status.is_terminal() || operation.status == Status::AwaitingConfirmation
}
