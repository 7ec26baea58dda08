//! Whose lease lives, whose is over, and what becomes of what it held.

use std::time::Duration;

use deferral_core::commit::{AttemptCommit, RescueCommit};
use deferral_core::transition::{CrashBudget, after_crash};
use deferral_core::{
    Due, ExpiredLease, JobState, Lease, NewJob, Outcome, Refusal, Timestamp, Token,
};

use super::Harness;
use super::scene::{HOUR, SECOND, Scene, only, suspect};
use crate::attempt::attempt;
use crate::factory::{LEASE, tenant};

const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
const MICROSECOND: Duration = Duration::from_micros(1);

fn rescue(lease: &ExpiredLease, scene: &Scene<'_>) -> RescueCommit {
    after_crash(lease, CrashBudget::default(), scene.now())
}

pub async fn a_heartbeat_renews_every_lease(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 2).await;
    let held: Vec<_> = claimed.iter().map(|one| (one.job.id, one.lease.token)).collect();
    for _ in 0..5 {
        scene.advance(LEASE - MICROSECOND);
        let heartbeat = scene.store.heartbeat(worker, &held).await.unwrap().unwrap();
        assert_eq!(heartbeat.expires_at, scene.now().after(LEASE));
        assert_eq!((heartbeat.lost, heartbeat.cancel_requested), (vec![], vec![]));
        assert_eq!(scene.store.overdue(10).await.unwrap().leases, []);
    }
}

pub async fn a_heartbeat_names_what_is_lost(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..2 {
        scene.enqueue(scene.make.job()).await;
    }
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 2).await;
    let (kept, ended) = (&claimed[0], &claimed[1]);
    scene.complete(ended).await;
    let never = scene.make.job_id();
    let held =
        [(kept.job.id, kept.lease.token), (ended.job.id, ended.lease.token), (never, Token(1))];
    let heartbeat = scene.store.heartbeat(worker, &held).await.unwrap().unwrap();
    assert_eq!(heartbeat.lost, [ended.job.id, never]);
    let forged = [(kept.job.id, kept.lease.token.next())];
    let heartbeat = scene.store.heartbeat(worker, &forged).await.unwrap().unwrap();
    assert_eq!(heartbeat.lost, [kept.job.id], "under that token it is not held");
    let other = scene.worker().await;
    let heartbeat = scene.store.heartbeat(other, &held[..1]).await.unwrap().unwrap();
    assert_eq!(heartbeat.lost, [kept.job.id], "another worker holds it");
}

pub async fn a_lease_lives_until_its_time_is_over(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.advance(LEASE - MICROSECOND);
    assert_eq!(scene.store.overdue(10).await.unwrap().leases, []);
    scene.advance(MICROSECOND);
    let expired = only(scene.store.overdue(10).await.unwrap().leases);
    assert_eq!((expired.job, expired.token), (claimed.job, claimed.lease.token));
    assert_eq!(scene.store.heartbeat(worker, &[]).await.unwrap(), None);
}

pub async fn a_lease_that_is_over_is_not_renewed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let worker = scene.worker().await;
    scene.advance(LEASE);
    assert_eq!(scene.store.heartbeat(worker, &[]).await.unwrap(), None, "nobody fenced it yet");
    assert_eq!(scene.store.heartbeat(worker, &[]).await.unwrap(), None);
    let stranger = scene.make.worker_id();
    assert_eq!(scene.store.heartbeat(stranger, &[]).await.unwrap(), None);
}

/// I13: a clock that steps back gives nobody back what others were told is over.
pub async fn a_fenced_worker_stays_fenced(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    scene.claim_one(worker).await;
    let before = scene.now();
    scene.advance(LEASE);
    let expired = only(scene.store.overdue(10).await.unwrap().leases);
    scene.harness.clock().set(before);
    assert_eq!(scene.store.heartbeat(worker, &[]).await.unwrap(), None);
    assert_eq!(scene.claim(worker, 10).await, []);
    scene.commit(rescue(&expired, &scene)).await;
}

pub async fn a_live_lease_is_not_taken_away(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let (job, token) = (claimed.job.clone(), claimed.lease.token);
    let alive = ExpiredLease { job, operation: None, token };
    assert_eq!(scene.refused(rescue(&alive, &scene)).await, Refusal::LeaseLost);
    scene.advance(LEASE - MICROSECOND);
    scene.store.heartbeat(worker, &[]).await.unwrap().unwrap();
    scene.advance(LEASE - MICROSECOND);
    assert_eq!(scene.refused(rescue(&alive, &scene)).await, Refusal::LeaseLost);
    scene.complete(&claimed).await;
}

/// The rescuer's own write is guarded too: what it saw may be over.
pub async fn a_rescue_under_an_old_token_is_refused(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    scene.claim_one(worker).await;
    scene.advance(LEASE);
    let seen = only(scene.store.overdue(10).await.unwrap().leases);
    scene.commit(rescue(&seen, &scene)).await;
    assert_eq!(scene.refused(rescue(&seen, &scene)).await, Refusal::LeaseLost, "already done");
    let second = scene.worker().await;
    only(scene.claims(suspect(second)).await.claimed);
    scene.advance(LEASE);
    let again = only(scene.store.overdue(10).await.unwrap().leases);
    assert_eq!(scene.refused(rescue(&seen, &scene)).await, Refusal::LeaseLost);
    scene.commit(rescue(&again, &scene)).await;
}

pub async fn a_rescued_job_waits_again(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.advance(LEASE);
    let expired = only(scene.store.overdue(10).await.unwrap().leases);
    assert_eq!(expired.operation, claimed.operation, "told, since it may need a person");
    scene.commit(rescue(&expired, &scene)).await;
    let job = scene.job(claimed.job.id).await;
    assert!(matches!(job.state, JobState::Available { .. }), "{:?}", job.state);
    assert!(job.suspect);
    assert_eq!((job.attempts, job.crashes), (0, 0), "a crash beside others is nobody's fault");
    assert_eq!(job.input, claimed.job.input);
}

/// Nobody took the job: what the late attempt did is better written than forgotten.
pub async fn a_late_attempt_may_write_until_it_is_rescued(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.advance(2 * LEASE);
    let seen = only(scene.store.overdue(10).await.unwrap().leases);
    scene.complete(&claimed).await;
    assert_eq!(scene.refused(rescue(&seen, &scene)).await, Refusal::LeaseLost);
}

pub async fn a_wrong_token_writes_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let before = scene.everything().await;
    for token in [Token(0), claimed.lease.token.next(), Token(u64::MAX >> 1)] {
        let forged = Lease { token, ..claimed.lease };
        let commit = AttemptCommit::new(claimed.job.tenant.clone(), &forged);
        let commit = commit.enqueue(scene.make.job());
        assert_eq!(scene.refused(commit).await, Refusal::LeaseLost);
    }
    assert_eq!(scene.everything().await, before);
}

/// I25
pub async fn another_tenant_s_job_is_not_written(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let commit = AttemptCommit::new(tenant("other"), &claimed.lease).enqueue(scene.make.job());
    assert_eq!(scene.refused(commit).await, Refusal::LeaseLost);
}

pub async fn a_job_that_does_not_run_is_not_written_by_an_attempt(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.complete(&claimed).await;
    let late = attempt(&claimed).enqueue(scene.make.job());
    assert_eq!(scene.refused(late).await, Refusal::LeaseLost, "its attempt has ended");
    let job = scene.make.job_id();
    let unknown = Lease { job, ..claimed.lease };
    let commit = AttemptCommit::new(claimed.job.tenant, &unknown).enqueue(scene.make.job());
    assert_eq!(scene.refused(commit).await, Refusal::LeaseLost, "there is no such job");
}

/// On one host a dead process is seen at once: nobody waits for its lease to run out.
pub async fn the_leases_of_a_dead_process_are_over_at_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    if !scene.harness.sees_processes() {
        return;
    }
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.harness.kill_worker(worker).await;
    let expired = only(scene.store.overdue(10).await.unwrap().leases);
    assert_eq!(expired.job.id, claimed.job.id);
    scene.commit(rescue(&expired, &scene)).await;
    assert_eq!(scene.store.heartbeat(worker, &[]).await.unwrap(), None);
}

pub async fn what_a_worker_held_when_it_left_is_abandoned(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.store.leave(worker).await.unwrap();
    assert_eq!(scene.store.heartbeat(worker, &[]).await.unwrap(), None);
    assert_eq!(scene.rescue().await, [claimed.job.id]);
    scene.store.leave(worker).await.unwrap();
}

/// I11: nothing runs for ever under a lease that is over.
pub async fn all_that_is_abandoned_is_told_in_parts(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..7 {
        scene.enqueue(scene.make.job()).await;
    }
    let (worker, other) = (scene.worker().await, scene.worker().await);
    assert_eq!(scene.claim(worker, 4).await.len() + scene.claim(other, 3).await.len(), 7);
    scene.advance(LEASE + SECOND);
    for part in [3, 3, 1, 0] {
        let leases = scene.store.overdue(3).await.unwrap().leases;
        assert_eq!(leases.len(), part);
        for lease in leases {
            scene.commit(rescue(&lease, &scene)).await;
        }
    }
}

/// I13: a clock that is set forward takes nothing from the living, and lets the dead go in time.
pub async fn a_clock_that_is_set_forward_robs_nobody(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..2 {
        scene.enqueue(scene.make.job()).await;
    }
    let (alive, dead) = (scene.worker().await, scene.worker().await);
    let claimed = only(scene.claim(alive, 1).await);
    let lost = only(scene.claim(dead, 1).await);
    scene.advance(LEASE / 3);
    scene.store.heartbeat(alive, &[]).await.unwrap().unwrap();
    scene.harness.clock().set(scene.now().after(HOUR));
    assert_eq!(scene.store.overdue(10).await.unwrap().leases, []);
    scene.advance(LEASE / 3);
    scene.store.heartbeat(alive, &[]).await.unwrap().expect("it lives");
    assert_eq!(scene.store.overdue(10).await.unwrap().leases, []);
    scene.advance(LEASE * 2 / 3);
    let expired = only(scene.store.overdue(10).await.unwrap().leases);
    assert_eq!(expired.job.id, lost.job.id, "it has not been heard of for a whole lease");
    scene.complete(&claimed).await;
}

/// I13, I11: what began to wait while the clock was ahead waits as long as it was to, and no longer.
pub async fn a_wait_that_began_ahead_of_the_clock_is_counted_anew(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let right = scene.now();
    scene.harness.clock().set(right.after(MONTH));
    let worker = scene.worker().await;
    let snoozed = only(scene.claim(worker, 1).await);
    scene.end(&snoozed, Ok(Outcome::Snooze(10 * SECOND))).await;
    let dated = NewJob { due: Due::At(scene.now().after(SECOND)), ..scene.make.job() };
    scene.enqueue(dated).await;
    let later = NewJob { due: Due::After(20 * SECOND), ..scene.make.job() };
    let later = scene.enqueue(later).await;
    scene.harness.clock().set(right);
    assert_eq!(scene.store.promote(10).await.unwrap().0, 0, "nothing is over yet");
    scene.advance(10 * SECOND + SECOND);
    assert_eq!(scene.store.promote(10).await.unwrap().0, 1, "the first wait is over");
    assert_eq!(scene.job(snoozed.job.id).await.state.as_str(), "available");
    scene.advance(10 * SECOND);
    assert_eq!(scene.store.promote(10).await.unwrap().0, 1, "the second too; a date is a date");
    assert_eq!(scene.job(later).await.state.as_str(), "available");
}

/// I13, I11: nothing waits until a clock that was set back comes to where it was.
pub async fn a_clock_that_is_set_back_strands_nobody(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..2 {
        scene.enqueue(scene.make.job()).await;
    }
    let (alive, dead) = (scene.worker().await, scene.worker().await);
    let again = only(scene.claim(alive, 1).await);
    let lost = only(scene.claim(dead, 1).await);
    scene.harness.clock().set(Timestamp::from_micros(scene.now().as_micros() - 3_600_000_000));
    assert_eq!(scene.store.overdue(10).await.unwrap().leases, []);
    scene.end(&again, Ok(Outcome::Snooze(10 * SECOND))).await;
    scene.advance(10 * SECOND + SECOND);
    assert_eq!(scene.store.promote(10).await.unwrap().0, 1, "its wait is over");
    assert_eq!(only(scene.claim(alive, 1).await).job.id, again.job.id);
    scene.advance(LEASE - 10 * SECOND);
    let expired: Vec<_> = scene.store.overdue(10).await.unwrap().leases;
    assert!(expired.iter().any(|lease| lease.job.id == lost.job.id), "its lease is over");
}
