//! Which status follows a change of an operation.

use crate::canary::{self, Canary};
use crate::{Change, Decision, Event, GateState, Operation, SNAPSHOT_EVERY, Status, Timestamp};

/// The change can't happen to an operation that stands so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an operation that is {0} can't change so")]
pub struct NotAllowed(pub Status);

/// The status after `change`, or none when it can't happen in `status`.
///
/// | from | to |
/// |---|---|
/// | `NotStarted` | `AwaitingConfirmation`, `Running`, `Canceling`, `Canceled`, `Failed` |
/// | `AwaitingConfirmation` | `Running`, `Canceled` |
/// | `Running` | `AwaitingConfirmation`, `Canceling`, `Succeeded`, `Failed` |
/// | `Canceling` | `Canceled`, `Succeeded`, `Failed` |
/// | `Succeeded`, `Failed`, `Canceled` | none: terminal is final |
pub const fn status_after(status: Status, change: &Change) -> Option<Status> {
    use Status::{
        AwaitingConfirmation, Canceled, Canceling, Failed, NotStarted, Running, Succeeded,
    };
    match (status, change) {
        (Succeeded | Failed | Canceled, _) => None,
        (_, Change::Accepted) => None,

        (NotStarted | Running, Change::Started) => Some(Running),
        (Canceling, Change::Started) => Some(Canceling),

        (NotStarted | Running, Change::Held(_)) => Some(AwaitingConfirmation),
        (AwaitingConfirmation, Change::Decided(Decision { state: GateState::Confirmed, .. })) => {
            Some(Running)
        }
        (AwaitingConfirmation, Change::Decided(_)) => Some(AwaitingConfirmation),
        (AwaitingConfirmation, Change::Canceled { .. }) => Some(Canceled),

        (NotStarted | Running, Change::CancelRequested) => Some(Canceling),
        (NotStarted | Canceling, Change::Canceled { .. }) => Some(Canceled),

        (Running | Canceling, Change::Succeeded { .. }) => Some(Succeeded),
        (NotStarted | Running | Canceling, Change::Failed { .. }) => Some(Failed),

        (
            NotStarted | Running | Canceling,
            Change::Staged { .. }
            | Change::Progressed(_)
            | Change::ItemErrors { .. }
            | Change::Verifying(_)
            | Change::Attention(_)
            | Change::Resolved { .. },
        ) => Some(status),

        (
            AwaitingConfirmation,
            Change::Staged { .. }
            | Change::Progressed(_)
            | Change::ItemErrors { .. }
            | Change::Verifying(_)
            | Change::Attention(_)
            | Change::Resolved { .. }
            | Change::Started
            | Change::Held(_)
            | Change::CancelRequested
            | Change::Succeeded { .. }
            | Change::Failed { .. },
        )
        | (NotStarted | Running | Canceling, Change::Decided(_))
        | (Running, Change::Canceled { .. })
        | (NotStarted, Change::Succeeded { .. })
        | (Canceling, Change::CancelRequested | Change::Held(_)) => None,
    }
}

/// The first event of an operation.
pub const fn accepted(now: Timestamp) -> Event {
    Event { number: 1, at: now, change: Change::Accepted, snapshot: None }
}

/// An operation and what is about to happen to it: the events of one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationChange {
    operation: Operation,
    from: u64,
    events: Vec<Event>,
}

impl OperationChange {
    /// Nothing happens to the operation yet.
    pub const fn of(operation: Operation) -> Self {
        Self { from: operation.version, operation, events: Vec::new() }
    }

    /// Lets a change happen.
    pub fn record(&mut self, change: Change, now: Timestamp) -> Result<(), NotAllowed> {
        let status = self.operation.status;
        status_after(status, &change).ok_or(NotAllowed(status))?;
        let next = self.operation.version.saturating_add(1);
        let mut event = Event {
            number: next + u64::from(canary::is(Canary::SkipEvent)),
            at: now.max(self.operation.updated_at),
            change,
            snapshot: None,
        };
        self.operation.apply(&event);
        if event.number.is_multiple_of(SNAPSHOT_EVERY) {
            event.snapshot = Some(Box::new(self.operation.clone()));
        }
        self.events.push(event);
        Ok(())
    }

    /// Lets another job carry the operation on, or none.
    pub const fn carried_by(&mut self, job: Option<crate::JobId>) {
        self.operation.job = job;
    }

    /// The operation as it will be.
    pub const fn operation(&self) -> &Operation {
        &self.operation
    }

    /// Whether nothing happens.
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The operation, the version it had, and what happens.
    pub(crate) fn into_parts(self) -> (Operation, u64, Vec<Event>) {
        (self.operation, self.from, self.events)
    }
}
