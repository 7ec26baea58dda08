//! Who gets which job, and in which order.

use deferral_core::commit::ApiCommit;
use deferral_core::{Claim, Due, JobState, NewJob, NewWorker, Priority, QueueName, Tenant, Token};

use super::Harness;
use super::scene::{HOUR, SECOND, Scene, healthy, ids, only, suspect};
use crate::factory::{KIND, LEASE, kind, queue, tenant};

pub async fn a_claimed_job_runs_under_a_lease(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let id = scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    assert_eq!((claimed.lease.job, claimed.lease.worker), (id, worker));
    assert_eq!(claimed.lease.token, claimed.job.token);
    assert_eq!(claimed.lease.expires_at, scene.now().after(LEASE));
    assert_eq!(claimed.job.state, JobState::Running { worker, alone: false });
    assert_eq!(scene.job(id).await, claimed.job);
}

pub async fn a_claimed_job_is_not_claimed_again(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let (worker, other) = (scene.worker().await, scene.worker().await);
    assert_eq!(scene.claim(worker, 10).await.len(), 1);
    assert_eq!(scene.claim(worker, 10).await, []);
    assert_eq!(scene.claim(other, 10).await, []);
}

pub async fn no_more_are_claimed_than_asked_for(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..5 {
        scene.enqueue(scene.make.job()).await;
    }
    let worker = scene.worker().await;
    for (limit, got) in [(0, 0), (2, 2), (10, 3), (1, 0)] {
        assert_eq!(scene.claim(worker, limit).await.len(), got, "of {limit}");
    }
}

/// I6
pub async fn tokens_rise_with_every_claim(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let mut last = Token(0);
    for round in 0..4 {
        let worker = scene.worker().await;
        let mut claims = scene.claims(healthy(worker, 1)).await;
        if claims.suspects_wait {
            claims = scene.claims(suspect(worker)).await;
        }
        let claimed = only(claims.claimed);
        assert!(claimed.lease.token > last, "{} follows {last}", claimed.lease.token);
        last = claimed.lease.token;
        if round % 2 == 0 {
            scene.crash().await;
        } else {
            scene.release(&claimed).await;
        }
    }
}

/// I14
pub async fn only_declared_kinds_and_versions_are_claimed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let enqueue = async |name: &str, version| {
        let job = NewJob { kind: kind(name), version, ..scene.make.job() };
        scene.enqueue(job).await
    };
    let mine = enqueue("a", 1).await;
    for (name, version) in [("a", 2), ("b", 1), ("a.b", 1), ("c", 1)] {
        enqueue(name, version).await;
    }
    let newer = enqueue("b", 2).await;
    let kinds = vec![(kind("a"), 1), (kind("b"), 2)];
    let worker = scene.register(NewWorker { kinds, ..scene.make.worker() }).await;
    assert_eq!(ids(&scene.claim(worker, 10).await), [mine, newer]);
    let idle = scene.register(NewWorker { kinds: vec![], ..scene.make.worker() }).await;
    assert_eq!(scene.claim(idle, 10).await, []);
}

/// What nobody can run stands in nobody's way.
pub async fn unknown_kinds_do_not_hold_up_known_ones(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut commit = ApiCommit::new(Tenant::default());
    for _ in 0..500 {
        let job = NewJob { kind: kind("unknown"), priority: Priority::HIGH, ..scene.make.job() };
        commit = commit.enqueue(job);
    }
    scene.commit(commit).await;
    let known = scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    assert_eq!(scene.claim_one(worker).await.job.id, known);
}

pub async fn queues_are_read_in_the_order_asked_for(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let enqueue =
        async |name: &str| scene.enqueue(NewJob { queue: queue(name), ..scene.make.job() }).await;
    let (low, high) = (enqueue("low").await, enqueue("high").await);
    enqueue("other").await;
    let low_too = enqueue("low").await;
    let queues: Vec<QueueName> = vec![queue("high"), queue("low"), queue("other")];
    let worker = scene.register(NewWorker { queues, ..scene.make.worker() }).await;
    let queues = vec![queue("high"), queue("low")];
    let claims = scene.claims(Claim { queues, ..healthy(worker, 2) }).await;
    assert_eq!(ids(&claims.claimed), [high, low]);
    let claims = scene.claims(Claim { queues: vec![queue("low")], ..healthy(worker, 9) }).await;
    assert_eq!(ids(&claims.claimed), [low_too], "a queue not asked for is left alone");
    let claims = scene.claims(Claim { queues: vec![], ..healthy(worker, 9) }).await;
    assert_eq!(claims.claimed, []);
}

pub async fn a_lower_priority_number_goes_first(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let enqueue = async |priority| scene.enqueue(NewJob { priority, ..scene.make.job() }).await;
    let low = enqueue(Priority::LOW).await;
    let last = enqueue(Priority(255)).await;
    let normal = enqueue(Priority::NORMAL).await;
    let high = enqueue(Priority::HIGH).await;
    let first = enqueue(Priority(0)).await;
    let worker = scene.worker().await;
    assert_eq!(ids(&scene.claim(worker, 10).await), [first, high, normal, low, last]);
}

/// Ids need not grow with time: they are given from outside.
pub async fn within_a_priority_the_oldest_goes_first(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut jobs: Vec<NewJob> = (0..20).map(|_| scene.make.job()).collect();
    jobs.reverse();
    let order: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let (alone, together) = jobs.split_at(10);
    for job in alone {
        scene.enqueue(job.clone()).await;
    }
    let all = ApiCommit::new(Tenant::default());
    scene.commit(together.iter().cloned().fold(all, ApiCommit::enqueue)).await;
    let worker = scene.worker().await;
    assert_eq!(ids(&scene.claim(worker, 15).await), order[..15]);
    assert_eq!(ids(&scene.claim(worker, 15).await), order[15..]);
}

/// I13
pub async fn a_scheduled_job_is_not_claimed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let tomorrow = Due::At(scene.now().after(24 * HOUR));
    let past = Due::At(scene.now());
    scene.enqueue(scene.make.job().due(Due::After(SECOND))).await;
    scene.enqueue(scene.make.job().due(tomorrow)).await;
    let due = scene.enqueue(scene.make.job().due(past)).await;
    let worker = scene.worker().await;
    assert_eq!(scene.claim_one(worker).await.job.id, due);
}

pub async fn jobs_of_all_tenants_are_claimed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for name in ["acme", "default", "zeta"] {
        scene.enqueue(NewJob { tenant: tenant(name), ..scene.make.job() }).await;
    }
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 10).await;
    let tenants: Vec<_> = claimed.iter().map(|claimed| claimed.job.tenant.as_str()).collect();
    assert_eq!(tenants, ["acme", "default", "zeta"]);
}

pub async fn a_job_without_operation_comes_without_one(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let lost = scene.make.operation_id();
    scene.enqueue(scene.make.job().of(lost)).await;
    let worker = scene.worker().await;
    for claimed in scene.claim(worker, 10).await {
        assert_eq!((claimed.operation, claimed.effects), (None, vec![]));
        assert_eq!(claimed.job.kind, kind(KIND));
    }
}

pub async fn a_stranger_gets_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let stranger = scene.make.worker_id();
    assert_eq!(scene.claim(stranger, 10).await, []);
    let left = scene.worker().await;
    scene.store.leave(left).await.unwrap();
    assert_eq!(scene.claim(left, 10).await, []);
}

pub async fn a_worker_whose_lease_is_over_gets_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let late = scene.worker().await;
    scene.advance(LEASE);
    assert_eq!(scene.claim(late, 10).await, []);
    let fresh = scene.worker().await;
    assert_eq!(scene.claim(fresh, 10).await.len(), 1);
}
