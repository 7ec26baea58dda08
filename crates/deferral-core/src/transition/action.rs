//! What callers may do to an operation: cancel, confirm, reject, delete; and what time does.

use std::time::Duration;

use serde_json::Value;

use super::{JobSet, NextState, OperationChange};
use crate::commit::{ApiCommit, Guard};
use crate::{
    Change, Decision, Gate, GateState, JobState, Operation, OperationError, Status, StoredJob,
    Timestamp,
};

/// What an action comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    /// Write this.
    Commit(Box<ApiCommit>),
    /// It is so already.
    Already,
}

/// Why an action can't be done to an operation that stands so.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ActionRefused {
    /// It ended otherwise.
    #[error("the operation has finished already")]
    AlreadyFinished,
    /// It has not ended.
    #[error("the operation has not finished yet")]
    NotFinished,
    /// Its kind can't be canceled.
    #[error("operations of this kind can't be canceled")]
    NotCancelable,
    /// It does not wait for a confirmation.
    #[error("the operation is not waiting for a confirmation")]
    NotPending {
        /// How the gate was decided, if there was one.
        gate: Option<GateState>,
    },
    /// The confirmation lacks something.
    #[error("the confirmation must carry {name:?}: {value} in its data")]
    Missing {
        /// The member's name.
        name: String,
        /// The value it must have.
        value: Value,
    },
}

pub(super) fn canceled_by_caller() -> OperationError {
    OperationError::new("OperationCanceled", "The operation was canceled by its caller.")
}

/// Cancels. `job` is the one that carries the operation out, as it stands, if there is one.
///
/// Work that was never claimed is stopped at once; work that began is asked to stop, since what
/// it sent may have happened.
pub fn cancel(
    operation: &Operation,
    job: Option<&StoredJob>,
    now: Timestamp,
) -> Result<Decided, ActionRefused> {
    match operation.status {
        Status::Canceling | Status::Canceled => return Ok(Decided::Already),
        Status::Succeeded | Status::Failed => return Err(ActionRefused::AlreadyFinished),
        Status::NotStarted | Status::Running | Status::AwaitingConfirmation => {}
    }
    if !operation.cancelable {
        return Err(ActionRefused::NotCancelable);
    }
    if let Some(gate) = pending(operation) {
        return Ok(close(operation, gate, GateState::Canceled, None, canceled_by_caller(), now));
    }
    // An earlier job of an operation that runs may have left something to undo: then the next one
    // is asked to stop, though it never began.
    let never_began = operation.status == Status::NotStarted
        && job.is_some_and(|job| job.state.is_waiting() && job.token.0 == 0);
    let change = if never_began {
        Change::Canceled { error: canceled_by_caller() }
    } else {
        Change::CancelRequested
    };
    let mut commit = ApiCommit::new(operation.tenant.clone());
    if let Some(job) = job {
        let (guard, state) = stop(job, never_began, operation.verifying);
        let mut set = JobSet::of(job, state);
        set.cancel_requested = true;
        commit = commit.job(job.id, guard, set);
    }
    Ok(Decided::Commit(Box::new(commit.change(changed(operation, [change], now)))))
}

/// How a job is told to stop: at once, if it never began; else by a note that its handler reads.
fn stop(job: &StoredJob, never_began: bool, verifying: bool) -> (Guard, NextState) {
    match &job.state {
        JobState::Running { .. } => (Guard::Running(job.token), NextState::Same),
        JobState::Parked { .. } => (Guard::Parked(job.token), NextState::Same),
        _ if never_began => (Guard::Waiting(job.token), NextState::Canceled),
        // The far end is asked at its own pace, whatever the caller wants.
        _ if verifying => (Guard::Waiting(job.token), NextState::Same),
        _ => (Guard::Waiting(job.token), NextState::Available),
    }
}

/// Confirms: the next job goes on. `data` must have what the gate requires.
pub fn confirm(
    operation: &Operation,
    data: &Value,
    comment: Option<String>,
    now: Timestamp,
) -> Result<Decided, ActionRefused> {
    let gate = match gate(operation, now)? {
        Ok(gate) => gate,
        Err(GateState::Confirmed) => return Ok(Decided::Already),
        Err(state) => return Err(ActionRefused::NotPending { gate: Some(state) }),
    };
    if let Some((name, value)) = gate.missing(data) {
        return Err(ActionRefused::Missing { name: name.to_owned(), value: value.clone() });
    }
    let next = gate.next.clone();
    let decision = Decision { state: GateState::Confirmed, comment };
    let mut steps = vec![Change::Decided(decision)];
    if next.stage != operation.stage {
        steps.push(Change::Staged { stage: next.stage.clone() });
    }
    let mut change = changed(operation, steps, now);
    change.carried_by(Some(next.id));
    let commit = ApiCommit::new(operation.tenant.clone()).change(change);
    let next = crate::NewJob { operation: Some(operation.id), ..next };
    Ok(Decided::Commit(Box::new(commit.enqueue(next))))
}

/// Rejects: the operation is canceled, and what was done is undone.
pub fn reject(
    operation: &Operation,
    comment: Option<String>,
    now: Timestamp,
) -> Result<Decided, ActionRefused> {
    match gate(operation, now)? {
        Ok(gate) => {
            let error = OperationError::new("ConfirmationRejected", "It was rejected.");
            Ok(close(operation, gate, GateState::Rejected, comment, error, now))
        }
        Err(GateState::Rejected) => Ok(Decided::Already),
        Err(state) => Err(ActionRefused::NotPending { gate: Some(state) }),
    }
}

/// Closes a gate whose time is over. None when it is decided or its time is not over.
pub fn expire(operation: &Operation, now: Timestamp) -> Option<ApiCommit> {
    let gate = pending(operation).filter(|gate| is_over(gate, now))?;
    let error =
        OperationError::new("ConfirmationExpired", "It was not confirmed before its deadline.");
    match close(operation, gate, GateState::Expired, None, error, now) {
        Decided::Commit(commit) => Some(*commit),
        Decided::Already => None,
    }
}

/// Forgets a finished operation; it is remembered for a while that there was one.
pub fn delete(operation: &Operation, remember: Duration) -> Result<ApiCommit, ActionRefused> {
    if !operation.status.is_terminal() {
        return Err(ActionRefused::NotFinished);
    }
    Ok(ApiCommit::new(operation.tenant.clone()).delete(operation, remember))
}

fn pending(operation: &Operation) -> Option<&Gate> {
    let waits = operation.status == Status::AwaitingConfirmation;
    operation.gate.as_ref().filter(|gate| waits && gate.state == GateState::Pending)
}

fn is_over(gate: &Gate, now: Timestamp) -> bool {
    gate.expires_at.is_some_and(|at| at <= now)
}

/// The pending gate, or how it was decided. While the operation is being canceled no word counts
/// any more, not even one that was said before.
fn gate(operation: &Operation, now: Timestamp) -> Result<Result<&Gate, GateState>, ActionRefused> {
    let decided = operation.gate.as_ref().map(|gate| gate.state);
    match (pending(operation), decided) {
        (Some(gate), _) if is_over(gate, now) => Ok(Err(GateState::Expired)),
        (Some(gate), _) => Ok(Ok(gate)),
        (None, Some(state)) if operation.status != Status::Canceling => Ok(Err(state)),
        (None, gate) => Err(ActionRefused::NotPending { gate }),
    }
}

fn close(
    operation: &Operation,
    gate: &Gate,
    state: GateState,
    comment: Option<String>,
    error: OperationError,
    now: Timestamp,
) -> Decided {
    let steps = [Change::Decided(Decision { state, comment }), Change::Canceled { error }];
    let mut commit =
        ApiCommit::new(operation.tenant.clone()).change(changed(operation, steps, now));
    if let Some(undo) = gate.undo.clone() {
        commit = commit.enqueue(crate::NewJob { operation: Some(operation.id), ..undo });
    }
    Decided::Commit(Box::new(commit))
}

fn changed(
    operation: &Operation,
    steps: impl IntoIterator<Item = Change>,
    now: Timestamp,
) -> OperationChange {
    let mut change = OperationChange::of(operation.clone());
    for step in steps {
        // Callers looked at the status; the table has no other answer then.
        let allowed = change.record(step, now);
        debug_assert!(allowed.is_ok(), "{allowed:?}");
    }
    change
}
