//! Attempts of handlers, without a worker.

use deferral_core::commit::AttemptCommit;
use deferral_core::transition::{
    AttemptEnd, CrashBudget, NotAllowed, OperationChange, after_attempt,
};
use deferral_core::{
    Change, Claimed, Effect, HandlerError, Operation, Outcome, Policy, Status, Timestamp,
};
use serde_json::Value;

/// What a handler answered.
pub(crate) type HandlerResult = Result<Outcome<Value>, HandlerError>;

/// The commit with which the attempt begins: its operation runs.
pub(crate) fn started(
    claimed: &Claimed,
    operation: &Operation,
    now: Timestamp,
) -> Result<AttemptCommit, NotAllowed> {
    let mut change = OperationChange::of(operation.clone());
    change.record(Change::Started, now)?;
    Ok(attempt(claimed).change(change))
}

/// A commit of the attempt, empty yet.
pub(crate) fn attempt(claimed: &Claimed) -> AttemptCommit {
    AttemptCommit::new(claimed.job.tenant.clone(), &claimed.lease)
}

/// The commit with which the attempt ends, as core decides on the handler's answer. An operation
/// that did not start yet starts with it; of one that another job carries out nothing is said.
pub(crate) fn ended(
    commit: AttemptCommit,
    claimed: &Claimed,
    result: &HandlerResult,
    operation: Option<&Operation>,
    now: Timestamp,
) -> Result<AttemptCommit, NotAllowed> {
    let operation = operation.filter(|operation| operation.job == Some(claimed.job.id));
    let end = AttemptEnd {
        job: &claimed.job,
        policy: &Policy::default(),
        budget: CrashBudget::default(),
        open_effects: claimed.effects.iter().any(Effect::is_open),
        dice: 0.5,
        now,
    };
    let mut verdict = after_attempt(&end, result, operation);
    if operation.is_some_and(|operation| operation.status == Status::NotStarted) {
        verdict = verdict.preceded_by(Change::Started);
    }
    verdict.write(commit, operation, now)
}
