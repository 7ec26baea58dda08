//! I12, I18: a job that takes its worker down is found, and does not take its neighbors along.

use deferral_core::transition::{CrashBudget, running_alone};
use deferral_core::{Claimed, HandlerError, JobId, JobState, NewJob, Outcome};
use serde_json::Value;

use super::Harness;
use super::scene::{DAY, Scene, healthy, ids, only, suspect};
use crate::attempt::attempt;
use crate::factory::{kind, queue};

/// So many jobs that were in flight when their worker died.
async fn suspects(scene: &Scene<'_>, count: usize) -> Vec<JobId> {
    for _ in 0..count {
        scene.enqueue(scene.make.job()).await;
    }
    let worker = scene.worker().await;
    assert_eq!(scene.claim(worker, count).await.len(), count);
    scene.crash().await
}

/// A claim of the one suspect, with the note that it runs alone.
async fn run_alone(scene: &Scene<'_>) -> Claimed {
    let worker = scene.worker().await;
    let claimed = only(scene.claims(suspect(worker)).await.claimed);
    scene.commit(attempt(&claimed).set(running_alone(&claimed.job))).await;
    claimed
}

pub async fn suspects_are_not_claimed_with_healthy_jobs(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    suspects(&scene, 3).await;
    let well = scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claims = scene.claims(healthy(worker, 10)).await;
    assert_eq!(ids(&claims.claimed), [well]);
    assert!(claims.suspects_wait);
}

pub async fn suspects_are_claimed_one_at_a_time(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut waiting = suspects(&scene, 3).await;
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    while !waiting.is_empty() {
        let claims = scene.claims(suspect(worker)).await;
        let claimed = only(claims.claimed);
        assert!(claimed.job.suspect, "it stays one until an attempt ends");
        waiting.retain(|id| *id != claimed.job.id);
        assert_eq!(claims.suspects_wait, !waiting.is_empty());
        scene.complete(&claimed).await;
    }
    assert_eq!(scene.claims(suspect(worker)).await.claimed, [], "healthy ones are not asked for");
}

pub async fn only_suspects_that_the_worker_could_run_are_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    suspects(&scene, 1).await;
    let mut other = scene.make.worker();
    other.kinds = vec![(kind("other"), 1)];
    let other = scene.register(other).await;
    assert!(!scene.claims(healthy(other, 1)).await.suspects_wait);
    assert!(!scene.claims(suspect(other)).await.suspects_wait);
    let worker = scene.worker().await;
    let mut elsewhere = healthy(worker, 1);
    elsewhere.queues = vec![queue("elsewhere")];
    assert!(!scene.claims(elsewhere).await.suspects_wait);
    assert!(scene.claims(healthy(worker, 0)).await.suspects_wait);
}

pub async fn an_attempt_that_ends_clears_the_suspicion(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let id = only(suspects(&scene, 1).await);
    let worker = scene.worker().await;
    let claimed = only(scene.claims(suspect(worker)).await.claimed);
    scene.end(&claimed, Ok(Outcome::Snooze(DAY))).await;
    assert!(!scene.job(id).await.suspect);
}

pub async fn a_release_does_not_clear_the_suspicion(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let id = only(suspects(&scene, 1).await);
    let worker = scene.worker().await;
    let claimed = only(scene.claims(suspect(worker)).await.claimed);
    scene.release(&claimed).await;
    assert!(scene.job(id).await.suspect);
}

pub async fn the_note_that_it_runs_alone_is_kept(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    suspects(&scene, 1).await;
    let claimed = run_alone(&scene).await;
    let state = scene.job(claimed.job.id).await.state;
    assert_eq!(state, JobState::Running { worker: claimed.lease.worker, alone: true });
    scene.complete(&claimed).await;
}

pub async fn only_crashes_while_alone_are_counted(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let id = only(suspects(&scene, 1).await);
    for _ in 0..5 {
        let worker = scene.worker().await;
        only(scene.claims(suspect(worker)).await.claimed);
        scene.crash().await;
    }
    assert_eq!(scene.job(id).await.crashes, 0);
    run_alone(&scene).await;
    scene.crash().await;
    let job = scene.job(id).await;
    assert_eq!((job.crashes, job.attempts), (1, 0), "apart from failed attempts");
    assert_eq!(job.crashed_since, Some(scene.now()));
}

pub async fn a_pill_is_parked_and_its_neighbors_are_not(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let pill = operation.job.unwrap();
    for _ in 0..9 {
        scene.enqueue(scene.make.job()).await;
    }
    let worker = scene.worker().await;
    assert_eq!(scene.claim(worker, 10).await.len(), 10);
    assert_eq!(scene.crash().await.len(), 10);
    let mut runs = 0;
    while scene.everything().await.jobs.iter().any(|job| job.state.is_waiting()) {
        runs += 1;
        assert!(runs < 100, "the jobs do not come to an end");
        let claimed = run_alone(&scene).await;
        if claimed.job.id == pill {
            scene.crash().await;
        } else {
            scene.complete(&claimed).await;
        }
    }
    let jobs = scene.everything().await.jobs;
    let done = |state: &JobState| matches!(state, JobState::Completed { .. });
    assert_eq!(jobs.iter().filter(|job| done(&job.state)).count(), 9);
    let parked = scene.job(pill).await;
    assert_eq!(parked.crashes, CrashBudget::default().limit);
    assert!(matches!(parked.state, JobState::Parked { .. }), "{:?}", parked.state);
    let attention = scene.operation(&operation).await.attention.expect("a person is called");
    assert!(attention.reason.contains("died"), "{}", attention.reason);
}

pub async fn a_parked_job_keeps_its_input_and_is_not_claimed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let NewJob { id, input, .. } = {
        let job = scene.make.job();
        scene.enqueue(job.clone()).await;
        job
    };
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let reason = "say what happened".to_owned();
    let park = HandlerError::Park { reason: reason.clone() };
    scene.end(&claimed, Err(park)).await;
    let job = scene.job(id).await;
    assert_eq!(job.state, JobState::Parked { at: scene.now(), reason });
    assert_eq!(job.input, input);
    assert_eq!(scene.claim(worker, 10).await, []);
    assert_eq!(scene.claims(suspect(worker)).await.claimed, []);
    assert_eq!(scene.store.promote(10).await.unwrap(), (0, None));
}

/// A finished job is done for: there is nothing left to be suspicious of.
pub async fn a_finished_suspect_is_not_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    suspects(&scene, 1).await;
    let worker = scene.worker().await;
    let claimed = only(scene.claims(suspect(worker)).await.claimed);
    scene.end(&claimed, Ok(Outcome::Complete(Value::Null))).await;
    assert!(!scene.claims(healthy(worker, 1)).await.suspects_wait);
}
