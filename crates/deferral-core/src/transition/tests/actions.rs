use serde_json::{Value, json};

use super::{NOW, SECOND, held, new_job, operation, running};
use crate::commit::{Commit, Guard, OperationWrite};
use crate::transition::{
    ActionRefused, Decided, Happened, NextState, Resolution, ResolveRefused, cancel, confirm,
    delete, expire, reject, resolve,
};
use crate::{
    Effect, EffectState, GateState, JobState, Operation, Status, StoredJob, Token, WorkerId,
};

fn written(decided: Result<Decided, ActionRefused>) -> (Commit, Operation) {
    let Ok(Decided::Commit(commit)) = decided else { panic!("{decided:?}") };
    let commit: Commit = (*commit).into();
    let Some(OperationWrite::Update { operation, .. }) = &commit.operation else { panic!() };
    let after = (**operation).clone();
    (commit, after)
}

fn waiting(token: u64) -> StoredJob {
    let mut job = StoredJob::enqueued(new_job(1), NOW, NOW);
    job.token = Token(token);
    job
}

fn yes() -> Value {
    json!({"accept_errors": true})
}

#[test]
fn work_that_never_began_is_canceled_at_once() {
    let (commit, after) = written(cancel(&operation(Status::NotStarted), Some(&waiting(0)), NOW));
    assert_eq!(after.status, Status::Canceled);
    let job = commit.job.unwrap();
    assert_eq!(job.guard, Guard::Waiting(Token(0)), "a claim in between refuses it");
    assert_eq!(job.set.unwrap().state, NextState::Canceled);
}

#[test]
fn an_operation_that_began_is_asked_to_stop_though_its_next_job_did_not_begin() {
    let (commit, after) = written(cancel(&operation(Status::Running), Some(&waiting(0)), NOW));
    assert_eq!(after.status, Status::Canceling, "what the job before it did may need undoing");
    let job = commit.job.unwrap();
    assert_eq!(job.guard, Guard::Waiting(Token(0)));
    let set = job.set.unwrap();
    assert!(set.cancel_requested && set.state == NextState::Available);
}

#[test]
fn work_that_began_is_asked_to_stop() {
    let (commit, after) = written(cancel(&operation(Status::Running), Some(&running(false)), NOW));
    assert_eq!(after.status, Status::Canceling);
    let job = commit.job.unwrap();
    assert_eq!(job.guard, Guard::Running(Token(1)));
    let set = job.set.unwrap();
    assert!(set.cancel_requested && set.state == NextState::Same);
}

#[test]
fn a_retry_that_waits_is_woken_to_stop_but_a_probe_keeps_its_pace() {
    let (commit, _) = written(cancel(&operation(Status::Running), Some(&waiting(1)), NOW));
    assert_eq!(commit.job.unwrap().set.unwrap().state, NextState::Available);
    let mut verifying = operation(Status::Running);
    verifying.verifying = true;
    let (commit, after) = written(cancel(&verifying, Some(&waiting(1)), NOW));
    assert_eq!(commit.job.unwrap().set.unwrap().state, NextState::Same);
    assert_eq!(after.status, Status::Canceling, "an unknown payment is not called not paid");
}

#[test]
fn a_held_operation_is_canceled_and_undone() {
    let (commit, after) = written(cancel(&held(), None, NOW));
    assert_eq!(after.status, Status::Canceled);
    assert_eq!(after.gate.unwrap().state, GateState::Canceled);
    assert_eq!(commit.new_jobs[0].id, new_job(3).id);
    assert_eq!(commit.new_jobs[0].operation, Some(after.id));
}

#[test]
fn cancel_is_answered_by_status() {
    assert_eq!(cancel(&operation(Status::Canceling), None, NOW), Ok(Decided::Already));
    assert_eq!(cancel(&operation(Status::Canceled), None, NOW), Ok(Decided::Already));
    for status in [Status::Succeeded, Status::Failed] {
        assert_eq!(cancel(&operation(status), None, NOW), Err(ActionRefused::AlreadyFinished));
    }
    let mut fixed = operation(Status::Running);
    fixed.cancelable = false;
    assert_eq!(cancel(&fixed, None, NOW), Err(ActionRefused::NotCancelable));
}

#[test]
fn confirmation_makes_the_next_job() {
    let (commit, after) = written(confirm(&held(), &yes(), None, NOW));
    assert_eq!((after.status, after.job), (Status::Running, Some(new_job(2).id)));
    assert_eq!(after.stage.as_deref(), Some("queued_for_creating"));
    assert_eq!(commit.new_jobs[0].operation, Some(after.id));
}

#[test]
fn a_confirmation_must_carry_what_the_gate_requires() {
    for data in [Value::Null, json!({}), json!({"accept_errors": false})] {
        let refused = confirm(&held(), &data, None, NOW);
        assert!(matches!(refused, Err(ActionRefused::Missing { .. })), "{refused:?}");
    }
}

#[test]
fn confirming_twice_is_no_second_effect_and_rejecting_then_is_refused() {
    let mut confirmed = operation(Status::Running);
    confirmed.gate = held().gate.map(|mut gate| {
        gate.state = GateState::Confirmed;
        gate
    });
    assert_eq!(confirm(&confirmed, &yes(), None, NOW), Ok(Decided::Already));
    let refused = Err(ActionRefused::NotPending { gate: Some(GateState::Confirmed) });
    assert_eq!(reject(&confirmed, None, NOW), refused);
    let refused = Err(ActionRefused::NotPending { gate: None });
    assert_eq!(confirm(&operation(Status::Running), &yes(), None, NOW), refused);
}

#[test]
fn nothing_is_decided_while_an_operation_is_being_canceled() {
    for state in [GateState::Confirmed, GateState::Rejected] {
        let mut canceling = operation(Status::Canceling);
        canceling.gate = held().gate.map(|gate| crate::Gate { state, ..gate });
        let refused = Err(ActionRefused::NotPending { gate: Some(state) });
        assert_eq!(confirm(&canceling, &yes(), None, NOW), refused);
        assert_eq!(reject(&canceling, None, NOW), refused);
    }
}

#[test]
fn rejection_cancels_and_undoes() {
    let (commit, after) = written(reject(&held(), Some("wrong month".into()), NOW));
    assert_eq!(after.status, Status::Canceled);
    assert_eq!(after.gate.unwrap().comment.as_deref(), Some("wrong month"));
    assert_eq!(commit.new_jobs[0].id, new_job(3).id);
}

#[test]
fn a_gate_whose_time_is_over_can_only_expire() {
    let late = held().gate.unwrap().expires_at.unwrap();
    let refused = Err(ActionRefused::NotPending { gate: Some(GateState::Expired) });
    assert_eq!(confirm(&held(), &yes(), None, late), refused);
    assert!(expire(&held(), NOW).is_none(), "not before its time");
    let commit: Commit = expire(&held(), late).unwrap().into();
    assert_eq!(commit.new_jobs[0].id, new_job(3).id);
}

#[test]
fn a_look_rests_on_what_never_is() {
    let commit: Commit = crate::commit::ApiCommit::look(crate::Tenant::default()).into();
    let Some(OperationWrite::Delete { id, from, .. }) = commit.operation else { panic!() };
    assert!(id.as_uuid().is_nil() && from == u64::MAX);
    assert!(commit.once.is_empty() && commit.new_jobs.is_empty() && commit.job.is_none());
}

#[test]
fn only_finished_operations_are_deleted() {
    for status in Status::ALL {
        assert_eq!(delete(&operation(status), SECOND).is_ok(), status.is_terminal(), "{status}");
    }
}

fn parked() -> StoredJob {
    let mut job = running(false);
    job.state = JobState::Parked { at: NOW, reason: "unknown".into() };
    job
}

fn say(happened: Happened) -> Resolution {
    Resolution { effect: None, happened, by: "ops".into(), why: "asked the bank".into() }
}

fn sent(name: &str) -> Effect {
    let worker = WorkerId::from_uuid(uuid::Uuid::nil());
    Effect::planned(uuid::Uuid::nil(), name).sending(Token(1), worker, NOW)
}

#[test]
fn a_person_says_what_happened_and_the_job_goes_on() {
    let said = say(Happened::Yes(json!({"id": 7})));
    let running = operation(Status::Running);
    let commit: Commit =
        resolve(&parked(), Some(&running), &[sent("create")], &said, NOW).unwrap().into();
    assert_eq!(commit.effects[0].state, EffectState::Confirmed { value: json!({"id": 7}) });
    let job = commit.job.unwrap();
    assert_eq!(job.guard, Guard::Parked(Token(1)));
    assert_eq!(job.set.unwrap().state, NextState::Available);
    let Some(OperationWrite::Update { events, .. }) = commit.operation else { panic!() };
    assert!(matches!(&events[0].change, crate::Change::Resolved { by, .. } if by == "ops"));
}

#[test]
fn a_person_must_say_which_of_several_open_effects_is_meant() {
    let effects = [sent("create"), sent("confirm")];
    let refused = resolve(&parked(), None, &effects, &say(Happened::No), NOW);
    assert_eq!(refused, Err(ResolveRefused::WhichEffect("create, confirm".into())));
    assert!(resolve(&parked(), None, &effects, &say(Happened::Retry), NOW).is_ok());
}

#[test]
fn nothing_is_resolved_that_does_not_wait_for_a_person() {
    let refused = resolve(&running(false), None, &[], &say(Happened::Retry), NOW);
    assert_eq!(refused, Err(ResolveRefused::NotParked("running".into())));
}

#[test]
fn a_person_may_give_up_only_what_certainly_did_not_happen() {
    let give_up = say(Happened::GiveUp(crate::Rejection::new("GivenUp", "Given up.")));
    let refused = resolve(&parked(), None, &[sent("create")], &give_up, NOW);
    assert_eq!(refused, Err(ResolveRefused::Unknown("create".into())));
    let commit: Commit =
        resolve(&parked(), Some(&operation(Status::Running)), &[], &give_up, NOW).unwrap().into();
    let Some(OperationWrite::Update { operation, .. }) = commit.operation else { panic!() };
    assert_eq!((operation.status, operation.job), (Status::Failed, None));
    assert_eq!(commit.job.unwrap().set.unwrap().state, NextState::Failed);
}

#[test]
fn a_wrong_statement_can_be_corrected_by_naming_the_effect() {
    let wrong = sent("create").into_state(EffectState::Confirmed { value: Value::Null });
    let right = Resolution { effect: Some("create".into()), ..say(Happened::Yes(json!(7))) };
    let commit: Commit = resolve(&parked(), None, &[wrong], &right, NOW).unwrap().into();
    assert_eq!(commit.effects[0].state, EffectState::Confirmed { value: json!(7) });
}
