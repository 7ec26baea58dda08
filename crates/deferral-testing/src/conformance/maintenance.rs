//! What time brings about, and what is removed when.

use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::transition::{ActionRefused, delete};
use deferral_core::{
    Change, Clock, Due, FoundOperation, JobState, NewJob, Operation, Outcome, Priority,
    PruneLimits, Pruned, Refusal, Status, Tenant, Timestamp,
};

use super::Harness;
use super::scene::{DAY, HOUR, SECOND, Scene, changed, healthy, ids};
use crate::attempt::attempt;
use crate::factory::{LEASE, tenant};

const MICROSECOND: Duration = Duration::from_micros(1);
const LIMITS: PruneLimits = PruneLimits { jobs: HOUR, tombstones: DAY, batch: 100 };

/// An operation that succeeded just now.
pub(super) async fn succeeded(scene: &Scene<'_>) -> Operation {
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.complete(&claimed).await;
    scene.store.leave(worker).await.unwrap();
    scene.operation(&operation).await
}

async fn prune(scene: &Scene<'_>) -> Pruned {
    scene.store.prune(LIMITS).await.unwrap()
}

/// I13
pub async fn a_job_is_promoted_when_it_is_due_and_not_before(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let at = scene.now().after(HOUR);
    let id = scene.enqueue(scene.make.job().due(Due::At(at))).await;
    scene.advance(HOUR - MICROSECOND);
    assert_eq!(scene.store.promote(10).await.unwrap(), (0, Some(at)));
    let worker = scene.worker().await;
    assert_eq!(scene.claim(worker, 10).await, []);
    scene.advance(MICROSECOND);
    assert_eq!(scene.store.promote(10).await.unwrap(), (1, None));
    assert_eq!(scene.claim_one(worker).await.job.id, id);
}

pub async fn the_most_overdue_is_promoted_first(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut jobs = Vec::new();
    for seconds in [3, 1, 4, 2, 5] {
        let due = Due::At(scene.now().after(seconds * SECOND));
        jobs.push(scene.enqueue(scene.make.job().due(due)).await);
    }
    let fifth = scene.now().after(5 * SECOND);
    scene.advance(4 * SECOND);
    let fourth = scene.now();
    let (count, next) = scene.store.promote(3).await.unwrap();
    assert_eq!((count, next), (3, Some(fourth)), "the next one is due already");
    assert_eq!(scene.store.promote(3).await.unwrap(), (1, Some(fifth)));
    let worker = scene.worker().await;
    let order = [jobs[1], jobs[3], jobs[0], jobs[2]];
    assert_eq!(ids(&scene.claim(worker, 10).await), order, "and goes first");
}

/// A late promotion costs a job nothing: it waits since it was due.
pub async fn a_promoted_job_waits_since_it_was_due(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let at = scene.now().after(SECOND);
    let scheduled = scene.enqueue(scene.make.job().due(Due::At(at))).await;
    scene.advance(HOUR);
    let fresh = scene.enqueue(scene.make.job()).await;
    scene.store.promote(10).await.unwrap();
    assert_eq!(scene.job(scheduled).await.state, JobState::Available { since: at });
    let worker = scene.worker().await;
    assert_eq!(ids(&scene.claim(worker, 10).await), [scheduled, fresh]);
}

/// I13: one clock decides, for every process.
pub async fn the_store_lives_by_its_clock(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let second = scene.harness.second();
    for _ in 0..3 {
        scene.advance(HOUR);
        let now = scene.harness.clock().now();
        assert_eq!((scene.store.now(), second.now()), (now, now));
        let job = scene.make.job();
        let written = scene.commit(ApiCommit::new(job.tenant.clone()).enqueue(job)).await;
        assert_eq!(written, now, "a commit tells its time");
    }
}

/// I13: a clock that steps strands nothing.
pub async fn a_clock_that_steps_strands_no_job(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let start = scene.now();
    let first = scene.enqueue(scene.make.job()).await;
    let later = scene.enqueue(scene.make.job().due(Due::At(start.after(HOUR)))).await;
    scene.harness.clock().set(Timestamp::from_micros(start.as_micros() - 1_000_000));
    let second = scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    assert_eq!(ids(&scene.claim(worker, 10).await), [first, second], "in the order of writing");
    scene.harness.clock().set(start.after(10 * DAY));
    assert_eq!(scene.store.promote(10).await.unwrap(), (1, None));
    let worker = scene.worker().await;
    assert_eq!(scene.claim_one(worker).await.job.id, later);
}

/// I24
pub async fn a_finished_job_is_kept_for_its_time(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let waiting = scene.enqueue(scene.make.job().due(Due::After(30 * DAY))).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.complete(&claimed).await;
    scene.advance(HOUR - MICROSECOND);
    assert_eq!(prune(&scene).await, Pruned::default());
    scene.advance(MICROSECOND);
    assert_eq!(prune(&scene).await, Pruned { jobs: 1, ..Pruned::default() });
    let jobs = scene.everything().await.jobs;
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [waiting]);
}

/// I24
pub async fn unfinished_work_is_never_pruned(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    super::confirm::held(&scene).await;
    scene.accept().await;
    let worker = scene.worker().await;
    scene.start(worker).await;
    scene.accept().await;
    let before = scene.everything().await;
    scene.advance(5000 * DAY);
    assert_eq!(prune(&scene).await.operations, 0);
    assert_eq!(scene.everything().await.operations, before.operations);
}

/// I24, I5: kept for its time, then known to be gone for a while, then unknown.
pub async fn a_finished_operation_is_kept_for_its_time(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = succeeded(&scene).await;
    scene.advance(operation.retention - MICROSECOND);
    assert_eq!(prune(&scene).await.operations, 0);
    assert_eq!(scene.found(&operation).await, FoundOperation::Live(Box::new(operation.clone())));
    scene.advance(MICROSECOND);
    assert_eq!(scene.found(&operation).await, FoundOperation::Gone, "pruned or not");
    assert_eq!(prune(&scene).await.operations, 1);
    assert_eq!(scene.found(&operation).await, FoundOperation::Gone);
    scene.advance(DAY - MICROSECOND);
    assert_eq!(prune(&scene).await.tombstones, 0);
    assert_eq!(scene.found(&operation).await, FoundOperation::Gone);
    scene.advance(MICROSECOND);
    assert_eq!(prune(&scene).await.tombstones, 1);
    assert_eq!(scene.found(&operation).await, FoundOperation::Unknown);
}

pub async fn an_expired_operation_is_gone_for_every_reader(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = succeeded(&scene).await;
    scene.advance(operation.retention);
    let (tenant, id) = (&operation.tenant, operation.id);
    assert_eq!(scene.everything().await.operations, []);
    assert_eq!(scene.store.changed(&[(id, 0)]).await.unwrap(), []);
    assert_eq!(scene.store.events(tenant, id, 0).await.unwrap(), []);
    assert_eq!(scene.store.item_errors(tenant, id, 0, 10).await.unwrap().items, []);
}

/// However late it is pruned, it is remembered from the end of its time on.
pub async fn a_late_prune_does_not_prolong_the_memory(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = succeeded(&scene).await;
    scene.advance(operation.retention + DAY);
    assert_eq!(prune(&scene).await.operations, 1);
    assert_eq!(prune(&scene).await.tombstones, 1);
    assert_eq!(scene.found(&operation).await, FoundOperation::Unknown);
}

pub async fn a_deleted_operation_is_remembered(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = succeeded(&scene).await;
    let commit = delete(&operation, HOUR).unwrap();
    scene.commit(commit.clone()).await;
    assert_eq!(scene.found(&operation).await, FoundOperation::Gone);
    let id = operation.id;
    assert_eq!(scene.store.events(&operation.tenant, id, 0).await.unwrap(), []);
    let stranger = scene.store.operation(&tenant("other"), id).await.unwrap();
    assert_eq!(stranger, FoundOperation::Unknown, "nobody else learns that it existed");
    assert_eq!(scene.refused(commit).await, Refusal::OperationChanged { current: None });
    let mut again = scene.make.operation(scene.now());
    again.id = id;
    let again = ApiCommit::new(Tenant::default()).accept(again, scene.make.job(), scene.now());
    assert_eq!(scene.refused(again.clone()).await, Refusal::OperationExists);
    scene.advance(HOUR);
    assert_eq!(prune(&scene).await.tombstones, 1);
    assert_eq!(scene.found(&operation).await, FoundOperation::Unknown);
    scene.commit(again).await;
}

pub async fn only_what_has_ended_is_deleted(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    assert_eq!(delete(&operation, HOUR), Err(ActionRefused::NotFinished));
    let mut forged = operation.clone();
    forged.status = Status::Succeeded;
    forged.version += 1;
    let refusal = scene.refused(delete(&forged, HOUR).unwrap()).await;
    let expected = Refusal::OperationChanged { current: Some(Box::new(operation.clone())) };
    assert_eq!(refusal, expected);
    forged.version = operation.version;
    forged.tenant = tenant("other");
    let refusal = scene.refused(delete(&forged, HOUR).unwrap()).await;
    assert_eq!(refusal, Refusal::OperationChanged { current: None }, "not shown to others");
}

pub async fn a_prune_removes_a_batch_of_each_sort(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..5 {
        succeeded(&scene).await;
        scene.advance(SECOND);
    }
    scene.advance(30 * DAY);
    let limits = PruneLimits { batch: 2, ..LIMITS };
    let mut all = Vec::new();
    loop {
        let pruned = scene.store.prune(limits).await.unwrap();
        if pruned == Pruned::default() {
            break;
        }
        all.push(pruned);
    }
    let sum = |of: fn(&Pruned) -> usize| all.iter().map(of).collect::<Vec<usize>>();
    assert_eq!(sum(|pruned| pruned.jobs), [2, 2, 1, 0]);
    assert_eq!(sum(|pruned| pruned.operations), [2, 2, 1, 0]);
    assert_eq!(sum(|pruned| pruned.tombstones), [0, 2, 2, 1]);
}

/// A few operations with many events are as much work as many with few.
pub async fn a_prune_is_bounded_by_rows(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..4 {
        let operation = scene.accept().await;
        let worker = scene.worker().await;
        let claimed = scene.start(worker).await;
        for number in 0..40 {
            let now = scene.operation(&operation).await;
            let change =
                changed(&now, Change::Staged { stage: Some(number.to_string()) }, scene.now());
            scene.commit(attempt(&claimed).change(change)).await;
        }
        scene.complete(&claimed).await;
    }
    scene.advance(30 * DAY);
    let limits = PruneLimits { batch: 4, ..LIMITS };
    assert_eq!(limits.rows(), 64);
    let first = scene.store.prune(limits).await.unwrap();
    assert_eq!((first.operations, first.more), (2, true));
    let second = scene.store.prune(limits).await.unwrap();
    assert_eq!((second.operations, second.more), (2, false));
}

pub async fn one_worker_leads(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (one, other) = (scene.worker().await, scene.worker().await);
    let lead = async |worker| scene.store.lead(worker).await.unwrap();
    assert!(!lead(scene.make.worker_id()).await, "a stranger does not lead");
    assert!(lead(one).await);
    assert!(!lead(other).await);
    assert!(lead(one).await, "who leads goes on");
    scene.advance(LEASE - SECOND);
    for worker in [one, other] {
        scene.store.heartbeat(worker, &[]).await.unwrap().unwrap();
    }
    assert!(lead(one).await);
    scene.advance(LEASE - SECOND);
    scene.store.heartbeat(other, &[]).await.unwrap().unwrap();
    assert!(!lead(other).await, "its lead was prolonged");
}

pub async fn a_leader_that_is_gone_is_followed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (late, one) = (scene.worker().await, scene.worker().await);
    assert!(scene.store.lead(late).await.unwrap());
    scene.advance(LEASE - SECOND);
    scene.store.heartbeat(one, &[]).await.unwrap().unwrap();
    assert!(!scene.store.lead(one).await.unwrap());
    scene.advance(SECOND);
    assert!(scene.store.lead(one).await.unwrap(), "its lease is over");
    let other = scene.worker().await;
    scene.store.leave(one).await.unwrap();
    assert!(scene.store.lead(other).await.unwrap(), "it left");
    let last = scene.worker().await;
    scene.harness.kill_worker(other).await;
    if scene.harness.sees_processes() {
        assert!(scene.store.lead(last).await.unwrap(), "it died");
    }
}

/// Whose lease lives but who does not ask again leads no longer.
pub async fn a_lead_is_over_unless_it_is_asked_for(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (busy, one) = (scene.worker().await, scene.worker().await);
    assert!(scene.store.lead(busy).await.unwrap());
    for _ in 0..2 {
        scene.advance(LEASE / 2);
        for worker in [busy, one] {
            scene.store.heartbeat(worker, &[]).await.unwrap().unwrap();
        }
    }
    assert!(scene.store.lead(one).await.unwrap());
    assert!(!scene.store.lead(busy).await.unwrap());
}

pub async fn a_promoted_job_keeps_priority_and_queue(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let low = NewJob { priority: Priority::LOW, ..scene.make.job() };
    let low = scene.enqueue(low.due(Due::After(SECOND))).await;
    scene.advance(HOUR);
    let high = scene.enqueue(scene.make.job()).await;
    scene.store.promote(10).await.unwrap();
    let worker = scene.worker().await;
    assert_eq!(ids(&scene.claims(healthy(worker, 10)).await.claimed), [high, low]);
}

/// A snoozed job comes back by itself.
pub async fn a_snoozed_job_is_promoted(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.end(&claimed, Ok(Outcome::Snooze(SECOND))).await;
    scene.advance(2 * SECOND);
    assert_eq!(scene.store.promote(10).await.unwrap(), (1, None));
    assert_eq!(scene.claim_one(worker).await.job.id, claimed.job.id);
}
