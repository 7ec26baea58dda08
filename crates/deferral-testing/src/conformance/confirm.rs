//! Two-step operations: held until somebody, or time, decides.

use deferral_core::commit::ApiCommit;
use deferral_core::transition::{ActionRefused, Decided, confirm, expire, reject};
use deferral_core::{
    Gate, GateState, JobState, NewJob, Operation, Outcome, Refusal, Status, Timestamp,
};
use serde_json::json;

use super::Harness;
use super::scene::{HOUR, SECOND, Scene, only};

/// An operation that waits for a confirmation for an hour, with the jobs behind its gate.
pub(super) async fn held(scene: &Scene<'_>) -> (Operation, NewJob, NewJob) {
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let next = scene.make.job().stage("queued_for_creating");
    let undo = scene.make.job();
    let gate = Gate::new("Create 963 of 1,000 payments?", next.clone())
        .details(json!({"accepted": 963, "rejected": 37}))
        .requires(json!({"accept_errors": true}))
        .undo(undo.clone())
        .expires_at(scene.now().after(HOUR));
    scene.end(&claimed, Ok(Outcome::Confirm(Box::new(gate)))).await;
    (scene.operation(&operation).await, next, undo)
}

fn written(decided: Result<Decided, ActionRefused>) -> ApiCommit {
    match decided {
        Ok(Decided::Commit(commit)) => *commit,
        other => panic!("must be allowed: {other:?}"),
    }
}

pub(super) fn confirmed(held: &Operation, now: Timestamp) -> ApiCommit {
    written(confirm(held, &json!({"accept_errors": true}), Some("go".to_owned()), now))
}

pub(super) fn rejected(held: &Operation, now: Timestamp) -> ApiCommit {
    written(reject(held, None, now))
}

pub async fn a_held_operation_keeps_its_gate(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, next, undo) = held(&scene).await;
    assert_eq!((operation.status, operation.job), (Status::AwaitingConfirmation, None));
    let gate = operation.gate.clone().unwrap();
    assert_eq!(gate.state, GateState::Pending);
    assert_eq!((gate.next, gate.undo), (next, Some(undo)));
    assert_eq!(gate.details, json!({"accepted": 963, "rejected": 37}));
    let worker = scene.worker().await;
    assert_eq!(scene.claim(worker, 10).await, [], "what is behind the gate is not a job yet");
}

pub async fn a_confirmation_enqueues_what_is_behind_the_gate(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, next, _) = held(&scene).await;
    scene.commit(confirmed(&operation, scene.now())).await;
    let after = scene.operation(&operation).await;
    assert_eq!((after.status, after.job), (Status::Running, Some(next.id)));
    assert_eq!(after.stage.as_deref(), Some("queued_for_creating"));
    let gate = after.gate.clone().unwrap();
    assert_eq!((gate.state, gate.comment.as_deref()), (GateState::Confirmed, Some("go")));
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    assert_eq!((claimed.job.id, claimed.operation), (next.id, Some(after)));
}

pub async fn a_rejection_enqueues_the_undo(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, _, undo) = held(&scene).await;
    scene.commit(rejected(&operation, scene.now())).await;
    let after = scene.operation(&operation).await;
    assert_eq!(after.status, Status::Canceled);
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    assert_eq!((claimed.job.id, claimed.job.operation), (undo.id, Some(operation.id)));
}

pub async fn a_gate_is_decided_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, ..) = held(&scene).await;
    scene.commit(rejected(&operation, scene.now())).await;
    let before = scene.everything().await;
    for late in [confirmed(&operation, scene.now()), rejected(&operation, scene.now())] {
        let Refusal::OperationChanged { current } = scene.refused(late).await else { panic!() };
        assert_eq!(current.map(|current| current.status), Some(Status::Canceled));
    }
    assert_eq!(scene.everything().await, before);
}

pub async fn a_gate_open_too_long_is_told_and_not_before(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, _, undo) = held(&scene).await;
    scene.advance(HOUR - SECOND);
    assert_eq!(scene.store.overdue(10).await.unwrap().gates, []);
    scene.advance(SECOND);
    let gate = only(scene.store.overdue(10).await.unwrap().gates);
    assert_eq!(gate, operation);
    scene.commit(expire(&gate, scene.now()).unwrap()).await;
    assert_eq!(scene.store.overdue(10).await.unwrap().gates, []);
    let after = scene.operation(&operation).await;
    assert_eq!(after.gate.unwrap().state, GateState::Expired);
    assert!(matches!(scene.job(undo.id).await.state, JobState::Available { .. }));
}

pub async fn expired_gates_are_told_the_oldest_first(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(held(&scene).await.0);
        scene.advance(SECOND);
    }
    scene.advance(HOUR);
    let told = scene.store.overdue(2).await.unwrap().gates;
    assert_eq!(told, waiting[..2]);
    scene.commit(expire(&waiting[0], scene.now()).unwrap()).await;
    let told = scene.store.overdue(2).await.unwrap().gates;
    assert_eq!(told, waiting[1..]);
}

/// What confirms came too late, and so did the expiry: whoever is second is told.
pub async fn an_expiry_of_a_decided_gate_is_refused(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, ..) = held(&scene).await;
    let now = scene.now();
    scene.advance(HOUR);
    let late = expire(&operation, scene.now()).unwrap();
    scene.commit(confirmed(&operation, now)).await;
    let refusal = scene.refused(late).await;
    assert!(matches!(refusal, Refusal::OperationChanged { .. }), "{refusal:?}");
}

/// A second gate after the first is its own.
pub async fn an_operation_may_be_held_again(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, next, _) = held(&scene).await;
    scene.commit(confirmed(&operation, scene.now())).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    assert_eq!(claimed.job.id, next.id);
    let gate = Gate::new("Really?", scene.make.job()).expires_at(scene.now().after(SECOND));
    scene.end(&claimed, Ok(Outcome::Confirm(Box::new(gate)))).await;
    scene.advance(SECOND);
    let told = only(scene.store.overdue(10).await.unwrap().gates);
    assert_eq!(told.gate.unwrap().summary, "Really?");
}
