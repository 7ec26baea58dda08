use serde_json::json;

use super::{NOW, SECOND, gate, new_job, operation, policy, running};
use crate::commit::{AttemptCommit, Commit, OperationWrite};
use crate::transition::{
    AttemptEnd, CrashBudget, NextState, Verdict, after_attempt, after_release,
};
use crate::{
    Cause, HandlerError, Lease, Operation, Outcome, Rejection, Status, StoredJob, Token, WorkerId,
};

type Ended = Result<Outcome<serde_json::Value>, HandlerError>;

struct Case {
    job: StoredJob,
    open_effects: bool,
}

fn case() -> Case {
    Case { job: running(false), open_effects: false }
}

impl Case {
    fn end(&self, result: &Ended, operation: Option<&Operation>) -> Verdict {
        let end = AttemptEnd {
            job: &self.job,
            policy: &policy(),
            budget: CrashBudget::default(),
            open_effects: self.open_effects,
            dice: 1.0,
            now: NOW.after(SECOND),
        };
        after_attempt(&end, result, operation)
    }

    /// The commit, with the status the operation gets.
    fn write(&self, result: &Ended, status: Status) -> (Commit, Option<Operation>) {
        let operation = operation(status);
        let lease = Lease {
            job: self.job.id,
            token: Token(1),
            worker: WorkerId::from_uuid(uuid::Uuid::nil()),
            expires_at: NOW,
        };
        let commit = AttemptCommit::new(self.job.tenant.clone(), &lease);
        let verdict = self.end(result, Some(&operation));
        let commit: Commit = verdict.write(commit, Some(&operation), NOW).unwrap().into();
        let after = match &commit.operation {
            Some(OperationWrite::Update { operation, .. }) => Some((**operation).clone()),
            _ => None,
        };
        (commit, after)
    }
}

fn retry() -> Ended {
    Err(HandlerError::Retry(Cause::from("bank timed out")))
}

fn failed() -> Ended {
    Err(HandlerError::Failed(Rejection::new("AccountClosed", "The account is closed.")))
}

fn state(verdict: &Verdict) -> &NextState {
    &verdict.job.state
}

#[test]
fn completion_ends_the_operation_well() {
    let (commit, after) = case().write(&Ok(Outcome::Complete(json!(1))), Status::Running);
    let after = after.unwrap();
    assert_eq!((after.status, after.job), (Status::Succeeded, None));
    assert_eq!(commit.job.unwrap().set.unwrap().state, NextState::Completed);
    assert_eq!(after.expires_at, after.ended_at.map(|at| at.after(after.retention)));
}

#[test]
fn the_next_job_is_written_together_with_this_ones_end() {
    let next = new_job(2).stage("queued_for_creating");
    let (commit, after) = case().write(&Ok(Outcome::Then(next.clone())), Status::Running);
    let after = after.unwrap();
    assert_eq!(after.job, Some(next.id));
    assert_eq!(after.stage.as_deref(), Some("queued_for_creating"));
    assert_eq!(commit.new_jobs[0].operation, case().job.operation);
}

#[test]
fn a_gate_holds_the_operation_and_enqueues_nothing() {
    let (commit, after) = case().write(&Ok(Outcome::Confirm(Box::new(gate()))), Status::Running);
    let after = after.unwrap();
    assert_eq!((after.status, after.job), (Status::AwaitingConfirmation, None));
    assert!(commit.new_jobs.is_empty());
    assert!(after.gate.unwrap().expires_at.is_some(), "every gate closes by itself");
}

#[test]
fn a_gate_of_an_operation_being_canceled_cancels_it_and_undoes() {
    let (commit, after) = case().write(&Ok(Outcome::Confirm(Box::new(gate()))), Status::Canceling);
    assert_eq!(after.unwrap().status, Status::Canceled);
    assert_eq!(commit.new_jobs[0].id, new_job(3).id);
}

#[test]
fn a_handler_that_cancels_passes_through_canceling() {
    let reason = Rejection::new("LinesRejected", "Lines were rejected.");
    let outcome = Outcome::Cancel { reason, undo: Some(new_job(3)) };
    let (commit, after) = case().write(&Ok(outcome), Status::Running);
    let after = after.unwrap();
    assert_eq!(after.status, Status::Canceled);
    assert!(after.cancel_requested_at.is_some());
    assert_eq!(commit.new_jobs.len(), 1);
}

#[test]
fn completion_wins_over_a_cancel_that_came_too_late() {
    let (_, after) = case().write(&Ok(Outcome::Complete(json!(1))), Status::Canceling);
    assert_eq!(after.unwrap().status, Status::Succeeded);
}

#[test]
fn snooze_throttling_and_verifying_spend_no_attempt() {
    let ends: [Ended; 3] = [
        Ok(Outcome::Snooze(5 * SECOND)),
        Err(HandlerError::Throttled(5 * SECOND)),
        Err(HandlerError::Verifying { effect: "charge".into(), after: 5 * SECOND }),
    ];
    for end in ends {
        let verdict = case().end(&end, None);
        assert_eq!(*state(&verdict), NextState::Scheduled(5 * SECOND));
        assert_eq!(verdict.job.attempts, 0);
    }
}

#[test]
fn verifying_is_shown_and_taken_back() {
    let verifying = Err(HandlerError::Verifying { effect: "charge".into(), after: SECOND });
    let (_, after) = case().write(&verifying, Status::Running);
    assert!(after.unwrap().verifying);
    let (commit, after) = case().write(&Ok(Outcome::Snooze(SECOND)), Status::Running);
    assert!(after.is_none() && commit.operation.is_none(), "nothing new, nothing told");
}

#[test]
fn a_failure_is_retried_after_the_back_off() {
    let verdict = case().end(&retry(), None);
    assert_eq!(*state(&verdict), NextState::Scheduled(2 * SECOND));
    assert_eq!(verdict.job.attempts, 1);
    assert_eq!(verdict.job.last_error.as_deref(), Some("bank timed out"));
}

#[test]
fn the_last_failure_fails() {
    let mut case = case();
    case.job.attempts = 2;
    let (commit, after) = case.write(&retry(), Status::Running);
    assert_eq!(commit.job.unwrap().set.unwrap().state, NextState::Failed);
    assert_eq!(after.unwrap().status, Status::Failed);
}

#[test]
fn the_callers_error_does_not_tell_internals() {
    let mut case = case();
    case.job.attempts = 2;
    let (_, after) = case.write(&retry(), Status::Running);
    let text = serde_json::to_string(&after.unwrap()).unwrap();
    assert!(!text.contains("bank timed out"), "{text}");
}

#[test]
fn failure_is_never_guessed_while_an_effect_is_open() {
    let mut case = case();
    case.open_effects = true;
    case.job.attempts = 2;
    for end in [retry(), failed()] {
        let (commit, after) = case.write(&end, Status::Running);
        assert!(matches!(commit.job.unwrap().set.unwrap().state, NextState::Parked(_)));
        let after = after.unwrap();
        assert_eq!(after.status, Status::Running);
        assert!(after.attention.is_some());
    }
}

#[test]
fn a_rejection_is_final() {
    let (commit, after) = case().write(&failed(), Status::Running);
    assert_eq!(commit.job.unwrap().set.unwrap().state, NextState::Failed);
    assert_eq!(after.unwrap().status, Status::Failed);
}

#[test]
fn after_the_deadline_nothing_is_tried_again() {
    let mut case = case();
    case.job.created_at = crate::Timestamp::from_micros(NOW.as_micros() - 3_600_000_000);
    let operation = operation(Status::Running);
    for end in [retry(), Err(HandlerError::Throttled(SECOND))] {
        let verdict = case.end(&end, Some(&operation));
        assert_eq!(*state(&verdict), NextState::Failed);
        assert!(verdict.job.last_error.is_some());
    }
}

#[test]
fn bugs_count_against_the_crash_budget_not_the_attempts() {
    let mut case = case();
    let bug: Ended = Err(HandlerError::Bug(Cause::from("index out of bounds")));
    let first = case.end(&bug, None);
    assert_eq!((first.job.attempts, first.job.crashes), (0, 1));
    case.job.crashes = 2;
    case.job.crashed_since = Some(NOW);
    assert!(matches!(state(&case.end(&bug, None)), NextState::Parked(_)));
}

#[test]
fn an_attempt_that_ended_clears_the_suspicion_but_a_release_does_not() {
    let mut case = case();
    case.job.suspect = true;
    assert!(!case.end(&retry(), None).job.suspect);
    let released = after_release(&case.job);
    assert!(released.job.suspect);
    assert_eq!((released.job.attempts, released.job.crashes), (0, 0));
    assert_eq!(*state(&released), NextState::Available);
}

#[test]
fn a_handler_that_ends_over_an_unknown_effect_is_not_believed() {
    let mut case = case();
    case.open_effects = true;
    let cancel = Outcome::Cancel { reason: Rejection::new("Canceled", "Stopped."), undo: None };
    let ends: [Ended; 4] = [
        Ok(Outcome::Complete(json!(1))),
        Ok(Outcome::Then(new_job(2))),
        Ok(Outcome::Confirm(Box::new(gate()))),
        Ok(cancel),
    ];
    for end in ends {
        let (commit, after) = case.write(&end, Status::Canceling);
        assert!(matches!(commit.job.unwrap().set.unwrap().state, NextState::Parked(_)));
        assert_eq!(after.unwrap().status, Status::Canceling);
    }
}

#[test]
fn what_is_unknown_stays_shown_while_it_is_tried_again() {
    let mut case = case();
    case.open_effects = true;
    let (_, after) = case.write(&retry(), Status::Running);
    assert!(after.unwrap().verifying);
}

#[test]
fn an_undo_that_fails_calls_a_person() {
    let case = case();
    let verdict = case.end(&failed(), None);
    assert!(matches!(state(&verdict), NextState::Parked(_)), "{verdict:?}");
    let mut alone = Case { job: running(false), open_effects: false };
    alone.job.operation = None;
    assert_eq!(*state(&alone.end(&failed(), None)), NextState::Failed);
}
