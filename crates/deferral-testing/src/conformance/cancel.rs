//! I16: what is canceled before it begins never begins; what began is asked to stop.

use deferral_core::commit::ApiCommit;
use deferral_core::transition::{Decided, cancel, running_alone};
use deferral_core::{
    Claimed, Due, HandlerError, JobState, Operation, Outcome, Refusal, Rejection, Status,
    StoredJob, Timestamp,
};

use super::Harness;
use super::scene::{HOUR, Scene, healthy, suspect};
use crate::attempt::{attempt, started};

/// What a caller who saw operation and job so writes.
pub(super) fn canceled(
    operation: &Operation,
    job: Option<&StoredJob>,
    now: Timestamp,
) -> ApiCommit {
    match cancel(operation, job, now) {
        Ok(Decided::Commit(commit)) => *commit,
        other => panic!("it may be canceled: {other:?}"),
    }
}

pub(super) async fn cancel_it(scene: &Scene<'_>, operation: &Operation) {
    let operation = scene.operation(operation).await;
    let job = scene.job(operation.job.unwrap()).await;
    scene.commit(canceled(&operation, Some(&job), scene.now())).await;
}

/// Asks for all that there is to claim.
async fn claimable(scene: &Scene<'_>) -> Vec<Claimed> {
    let worker = scene.worker().await;
    scene.store.promote(100).await.unwrap();
    let mut claimed = scene.claims(healthy(worker, 100)).await.claimed;
    claimed.extend(scene.claims(suspect(worker)).await.claimed);
    claimed
}

pub async fn a_job_canceled_before_it_begins_never_begins(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let later = scene.accept_with(scene.make.job().due(Due::After(HOUR))).await;
    for operation in [&operation, &later] {
        cancel_it(&scene, operation).await;
        assert_eq!(scene.operation(operation).await.status, Status::Canceled);
        let job = scene.job(operation.job.unwrap()).await;
        assert_eq!(job.state, JobState::Canceled { at: scene.now() });
        assert_eq!(job.input.bytes(), b"");
    }
    scene.advance(2 * HOUR);
    assert_eq!(claimable(&scene).await, []);
}

/// One of the two is first, and the other is told.
pub async fn a_cancel_that_saw_no_claim_is_refused_after_one(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let job = scene.job(operation.job.unwrap()).await;
    let late = canceled(&operation, Some(&job), scene.now());
    let worker = scene.worker().await;
    scene.claim_one(worker).await;
    assert_eq!(scene.refused(late).await, Refusal::LeaseLost);
    assert_eq!(scene.operation(&operation).await, operation);
}

pub async fn a_running_job_is_told_by_its_heartbeat(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 2).await;
    let held: Vec<_> = claimed.iter().map(|one| (one.job.id, one.lease.token)).collect();
    let start = started(&claimed[0], &operation, scene.now()).unwrap();
    scene.commit(start).await;
    cancel_it(&scene, &operation).await;
    assert_eq!(scene.operation(&operation).await.status, Status::Canceling);
    let heartbeat = scene.store.heartbeat(worker, &held).await.unwrap().unwrap();
    assert_eq!(heartbeat.cancel_requested, [operation.job.unwrap()]);
    assert_eq!(heartbeat.lost, []);
}

/// The attempt writes what it knew when it was claimed, and must not wipe the note away.
pub async fn the_note_to_cancel_is_not_overwritten(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    cancel_it(&scene, &operation).await;
    scene.commit(attempt(&claimed).set(running_alone(&claimed.job))).await;
    let held = [(claimed.job.id, claimed.lease.token)];
    let heartbeat = scene.store.heartbeat(worker, &held).await.unwrap().unwrap();
    assert_eq!(heartbeat.cancel_requested, [claimed.job.id]);
    scene.end(&claimed, Ok(Outcome::Snooze(HOUR))).await;
    assert!(scene.job(claimed.job.id).await.cancel_requested);
}

pub async fn a_retry_that_waits_is_woken_to_stop(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.end(&claimed, Ok(Outcome::Snooze(HOUR))).await;
    cancel_it(&scene, &operation).await;
    let again = scene.claim_one(worker).await;
    assert!(again.job.cancel_requested);
    assert_eq!(again.operation.unwrap().status, Status::Canceling);
}

/// An unknown payment is asked about at its own pace, and not called unpaid.
pub async fn a_probe_keeps_its_pace(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let verifying = HandlerError::Verifying { effect: "pay".to_owned(), after: HOUR };
    scene.end(&claimed, Err(verifying)).await;
    let before = scene.job(claimed.job.id).await;
    cancel_it(&scene, &operation).await;
    let after = scene.job(claimed.job.id).await;
    assert_eq!(after.state, before.state);
    assert!(after.cancel_requested);
}

pub async fn a_parked_job_is_told_when_it_goes_on(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.end(&claimed, Err(HandlerError::Park { reason: "ask".to_owned() })).await;
    cancel_it(&scene, &operation).await;
    let job = scene.job(claimed.job.id).await;
    assert!(job.cancel_requested && matches!(job.state, JobState::Parked { .. }));
}

pub async fn what_stops_as_asked_ends_with_its_undo(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    cancel_it(&scene, &operation).await;
    let undo = scene.make.job();
    let id = undo.id;
    let reason = Rejection::new("OperationCanceled", "It was canceled.");
    scene.end(&claimed, Ok(Outcome::Cancel { reason, undo: Some(undo) })).await;
    assert_eq!(scene.operation(&operation).await.status, Status::Canceled);
    assert!(matches!(scene.job(claimed.job.id).await.state, JobState::Canceled { .. }));
    let undoing = scene.claim_one(worker).await;
    assert_eq!((undoing.job.id, undoing.job.operation), (id, Some(operation.id)));
}

/// The work was quicker: it is not called canceled.
pub async fn what_completes_before_it_stops_has_succeeded(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    cancel_it(&scene, &operation).await;
    scene.complete(&claimed).await;
    assert_eq!(scene.operation(&operation).await.status, Status::Succeeded);
}
