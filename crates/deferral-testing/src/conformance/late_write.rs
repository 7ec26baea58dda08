//! I7: who lost its lease writes nothing, whatever it wants to write.

use deferral_core::commit::AttemptCommit;
use deferral_core::transition::{after_release, running_alone};
use deferral_core::{
    Cause, Change, Claimed, Effect, EffectState, Gate, HandlerError, ItemError, Outcome, Progress,
    Refusal, Rejection, Timestamp,
};
use serde_json::{Value, json};

use super::Harness;
use super::scene::{SECOND, Scene, changed, only, suspect};
use crate::attempt::{HandlerResult, attempt};

/// Lets one attempt lose its job to another; then what it writes must be refused whole, and the
/// other must be able to go on.
async fn is_refused(
    harness: &mut dyn Harness,
    write: impl AsyncFnOnce(&Scene<'_>, &Claimed) -> AttemptCommit,
) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let slow = scene.worker().await;
    let late = scene.start(slow).await;
    scene.crash().await;
    let fast = scene.worker().await;
    let claimed = only(scene.claims(suspect(fast)).await.claimed);
    let before = scene.everything().await;
    let commit = write(&scene, &late).await;
    assert_eq!(scene.refused(commit).await, Refusal::LeaseLost);
    assert_eq!(scene.everything().await, before);
    scene.complete(&claimed).await;
}

async fn ending_is_refused(harness: &mut dyn Harness, result: HandlerResult) {
    is_refused(harness, async |scene, late| scene.ending(late, result).await).await;
}

pub async fn a_lost_lease_can_not_complete(harness: &mut dyn Harness) {
    ending_is_refused(harness, Ok(Outcome::Complete(json!({"paid": 1})))).await;
}

pub async fn a_lost_lease_can_not_start_the_next_job(harness: &mut dyn Harness) {
    is_refused(harness, async |scene, late| {
        scene.ending(late, Ok(Outcome::Then(scene.make.job()))).await
    })
    .await;
}

pub async fn a_lost_lease_can_not_ask_for_a_confirmation(harness: &mut dyn Harness) {
    is_refused(harness, async |scene, late| {
        let gate = Gate::new("Go on?", scene.make.job());
        scene.ending(late, Ok(Outcome::Confirm(Box::new(gate)))).await
    })
    .await;
}

pub async fn a_lost_lease_can_not_snooze(harness: &mut dyn Harness) {
    ending_is_refused(harness, Ok(Outcome::Snooze(SECOND))).await;
}

pub async fn a_lost_lease_can_not_cancel(harness: &mut dyn Harness) {
    let reason = Rejection::new("Stopped", "It was stopped.");
    ending_is_refused(harness, Ok(Outcome::Cancel { reason, undo: None })).await;
}

pub async fn a_lost_lease_can_not_retry(harness: &mut dyn Harness) {
    ending_is_refused(harness, Err(HandlerError::Retry(Cause::from("timed out")))).await;
}

pub async fn a_lost_lease_can_not_fail(harness: &mut dyn Harness) {
    let rejection = Rejection::new("NoSuchAccount", "There is no such account.");
    ending_is_refused(harness, Err(HandlerError::Failed(rejection))).await;
}

pub async fn a_lost_lease_can_not_park(harness: &mut dyn Harness) {
    ending_is_refused(harness, Err(HandlerError::Park { reason: "ask".to_owned() })).await;
}

pub async fn a_lost_lease_can_not_release(harness: &mut dyn Harness) {
    is_refused(harness, async |scene, late| {
        after_release(&late.job).write(attempt(late), None, scene.now()).unwrap()
    })
    .await;
}

pub async fn a_lost_lease_can_not_note_that_it_runs_alone(harness: &mut dyn Harness) {
    is_refused(harness, async |_, late| attempt(late).set(running_alone(&late.job))).await;
}

pub async fn a_lost_lease_can_not_enqueue(harness: &mut dyn Harness) {
    is_refused(harness, async |scene, late| attempt(late).enqueue(scene.make.job())).await;
}

pub async fn a_lost_lease_can_not_report_progress(harness: &mut dyn Harness) {
    is_refused(harness, async |scene, late| {
        let progress = Progress { completed: 3, ..Progress::default() };
        in_operation(scene, late, Change::Progressed(progress)).await
    })
    .await;
}

pub async fn a_lost_lease_can_not_add_item_errors(harness: &mut dyn Harness) {
    is_refused(harness, async |scene, late| {
        let error = ItemError {
            code: "AccountClosed".to_owned(),
            message: "The account is closed.".to_owned(),
            target: "/payments/7".to_owned(),
        };
        let commit = in_operation(scene, late, Change::ItemErrors { count: 1 }).await;
        commit.item_errors(vec![error])
    })
    .await;
}

pub async fn a_lost_lease_can_not_record_that_it_sends(harness: &mut dyn Harness) {
    effect_is_refused(harness, |effect, late, now| {
        effect.sending(late.lease.token, late.lease.worker, now)
    })
    .await;
}

pub async fn a_lost_lease_can_not_record_an_answer(harness: &mut dyn Harness) {
    effect_is_refused(harness, |effect, _, _| {
        effect.into_state(EffectState::Confirmed { value: Value::Null })
    })
    .await;
}

async fn effect_is_refused(
    harness: &mut dyn Harness,
    record: impl FnOnce(Effect, &Claimed, Timestamp) -> Effect,
) {
    is_refused(harness, async |scene, late| {
        let owner = Effect::owner(late.job.operation, late.job.id);
        let effect = record(Effect::planned(owner, "pay"), late, scene.now());
        attempt(late).effect(effect)
    })
    .await;
}

/// A change of the operation as it stands now, so that only the lease is against it.
async fn in_operation(scene: &Scene<'_>, late: &Claimed, change: Change) -> AttemptCommit {
    let operation = scene.operation(late.operation.as_ref().unwrap()).await;
    attempt(late).change(changed(&operation, change, scene.now()))
}
