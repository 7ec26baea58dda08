//! I8: what is known about the outside world is never forgotten.

use std::slice::from_ref;

use deferral_core::transition::{Happened, Resolution, delete, resolve};
use deferral_core::{
    Claimed, Effect, EffectState, HandlerError, JobState, Outcome, PruneLimits, Rejection, WorkerId,
};
use serde_json::json;

use super::Harness;
use super::scene::{HOUR, Scene, only, suspect};
use crate::attempt::attempt;
use crate::factory::LEASE;

fn planned(claimed: &Claimed, name: &str) -> Effect {
    Effect::planned(Effect::owner(claimed.job.operation, claimed.job.id), name)
}

/// Lets the attempt end, and the next one begin.
async fn again(scene: &Scene<'_>, claimed: &Claimed) -> Claimed {
    scene.release(claimed).await;
    scene.claim_one(claimed.lease.worker).await
}

pub async fn an_effect_is_told_to_the_next_attempt(harness: &mut dyn Harness) {
    let mut scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let pay = planned(&claimed, "pay").sending(claimed.lease.token, worker, scene.now());
    scene.commit(attempt(&claimed).effect(pay.clone())).await;
    scene = scene.reopen().await;
    scene.crash().await;
    let worker = scene.worker().await;
    let next = only(scene.claims(suspect(worker)).await.claimed);
    assert_eq!(next.effects, [pay]);
}

pub async fn every_state_of_an_effect_is_kept(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let mut claimed = scene.claim_one(worker).await;
    let unknown = |sender| EffectState::Unknown {
        since: scene.now().after(HOUR),
        asking_since: scene.now(),
        sender,
        probes: 3,
        reason: "timed out after 30 s".to_owned(),
    };
    let states = [
        EffectState::Planned,
        EffectState::Sending { token: claimed.lease.token, worker },
        unknown(Some(worker)),
        unknown(None),
        EffectState::Rejected(Rejection::new("LimitExceeded", "It is too much.")),
        EffectState::Confirmed { value: json!({"id": "7", "cents": 9_007_199_254_740_993_u64}) },
    ];
    let mut pay = planned(&claimed, "pay");
    for state in states {
        pay = pay.into_state(state);
        pay.sends += 1;
        pay.first_sent_at = Some(scene.now());
        scene.commit(attempt(&claimed).effect(pay.clone())).await;
        claimed = again(&scene, &claimed).await;
        assert_eq!(claimed.effects, [pay.clone()]);
    }
}

pub async fn effects_are_written_by_name(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let (a, b) = (planned(&claimed, "a"), planned(&claimed, "b"));
    scene.commit(attempt(&claimed).effect(b.clone()).effect(a.clone())).await;
    let sent = a.sending(claimed.lease.token, worker, scene.now());
    scene.commit(attempt(&claimed).effect(sent.clone())).await;
    assert_eq!(again(&scene, &claimed).await.effects, [sent, b], "in the order of names");
}

/// What an operation did, its next job knows.
pub async fn the_jobs_of_an_operation_share_its_effects(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    scene.accept().await;
    let worker = scene.worker().await;
    let [first, other] = <[Claimed; 2]>::try_from(scene.claim(worker, 2).await).unwrap();
    let pay = planned(&first, "pay").sending(first.lease.token, worker, scene.now());
    scene.commit(attempt(&first).effect(pay.clone())).await;
    let beside = scene.make.job().of(first.job.operation.unwrap());
    scene.enqueue(beside).await;
    assert_eq!(scene.claim_one(worker).await.effects, [pay]);
    assert_eq!(again(&scene, &other).await.effects, [], "another operation's are its own");
}

pub async fn jobs_without_operation_have_their_own_effects(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let [first, other] = <[Claimed; 2]>::try_from(scene.claim(worker, 2).await).unwrap();
    let pay = planned(&first, "pay");
    scene.commit(attempt(&first).effect(pay.clone())).await;
    assert_eq!(again(&scene, &other).await.effects, []);
}

pub async fn effects_outlive_a_deleted_operation_while_a_job_may_ask(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let pay = planned(&claimed, "pay").into_state(EffectState::Confirmed { value: json!(1) });
    scene.commit(attempt(&claimed).effect(pay.clone())).await;
    let undo = scene.make.job();
    let reason = Rejection::new("Stopped", "It was stopped.");
    scene.end(&claimed, Ok(Outcome::Cancel { reason, undo: Some(undo) })).await;
    let ended = scene.operation(&operation).await;
    scene.commit(delete(&ended, HOUR).unwrap()).await;
    let limits = PruneLimits { jobs: HOUR, tombstones: HOUR, batch: 100 };
    scene.store.prune(limits).await.unwrap();
    let undoing = scene.claim_one(worker).await;
    assert_eq!((undoing.operation, undoing.effects), (None, vec![pay]));
}

/// A person may say what happened to an effect of a parked job.
pub async fn a_resolution_is_written_with_the_job_that_goes_on(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let pay = planned(&claimed, "pay").sending(claimed.lease.token, worker, scene.now());
    scene.commit(attempt(&claimed).effect(pay.clone())).await;
    scene.end(&claimed, Err(HandlerError::Park { reason: "ask".to_owned() })).await;
    let resolution = Resolution {
        effect: None,
        happened: Happened::Yes(json!({"id": 7})),
        by: "anna".to_owned(),
        why: "it stands in the ledger".to_owned(),
    };
    let parked = scene.job(claimed.job.id).await;
    assert!(matches!(parked.state, JobState::Parked { .. }));
    let held = scene.operation(&operation).await;
    let commit = resolve(&parked, Some(&held), from_ref(&pay), &resolution, scene.now()).unwrap();
    scene.commit(commit.clone()).await;
    scene.refused(commit).await;
    let next = scene.claim_one(worker).await;
    let known = pay.into_state(EffectState::Confirmed { value: json!({"id": 7}) });
    assert_eq!(next.effects, [known]);
    assert_eq!(scene.operation(&operation).await.attention, None);
}

/// Who is about to send is told, so that nobody repeats what is still on its way.
pub async fn a_sender_that_lives_is_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (sender, next) = passed_on(&scene, false).await;
    assert_eq!(next.live_senders, [sender]);
}

/// A stopped process loses its leases, and may still go on and send.
pub async fn a_sender_without_lease_is_told_while_its_process_lives(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    if !scene.harness.sees_processes() {
        return;
    }
    let (sender, next) = passed_on(&scene, true).await;
    assert_eq!(next.live_senders, [sender]);
}

pub async fn a_dead_sender_is_not_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let sender = sends(&scene).await;
    scene.harness.kill_worker(sender).await;
    scene.crash().await;
    let worker = scene.worker().await;
    let next = only(scene.claims(suspect(worker)).await.claimed);
    assert_eq!(next.live_senders, []);
}

pub async fn a_sender_that_left_is_not_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let sender = sends(&scene).await;
    scene.store.leave(sender).await.unwrap();
    scene.crash().await;
    let worker = scene.worker().await;
    let next = only(scene.claims(suspect(worker)).await.claimed);
    assert_eq!(next.live_senders, []);
}

/// A worker claims the one job and records that it sends.
async fn sends(scene: &Scene<'_>) -> WorkerId {
    let sender = scene.worker().await;
    let claimed = scene.claim_one(sender).await;
    let pay = planned(&claimed, "pay").sending(claimed.lease.token, sender, scene.now());
    scene.commit(attempt(&claimed).effect(pay)).await;
    sender
}

/// One worker was sending when another got the job: because it was released, or because its lease ran out.
async fn passed_on(scene: &Scene<'_>, late: bool) -> (WorkerId, Claimed) {
    scene.enqueue(scene.make.job()).await;
    let sender = scene.worker().await;
    let claimed = scene.claim_one(sender).await;
    let pay = planned(&claimed, "pay");
    let state = EffectState::Unknown {
        since: scene.now(),
        asking_since: scene.now(),
        sender: Some(sender),
        probes: 0,
        reason: "taken over".to_owned(),
    };
    scene.commit(attempt(&claimed).effect(pay.into_state(state))).await;
    if late {
        scene.advance(LEASE);
        scene.rescue().await;
        let other = scene.worker().await;
        return (sender, only(scene.claims(suspect(other)).await.claimed));
    }
    let other = scene.worker().await;
    scene.release(&claimed).await;
    (sender, scene.claim_one(other).await)
}
