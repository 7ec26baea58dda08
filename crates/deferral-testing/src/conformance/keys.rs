//! I3: a key is taken once, and stays taken for as long as it was said.

use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::transition::delete;
use deferral_core::{
    FoundOperation, Once, OnceRecord, Operation, Outcome, PruneLimits, Refusal, Tenant,
};
use serde_json::Value;

use super::Harness;
use super::scene::{DAY, HOUR, Scene};
use crate::factory::{once, tenant};

const MICROSECOND: Duration = Duration::from_micros(1);

/// An operation accepted with this key.
async fn accept_with_key(scene: &Scene<'_>, key: Once) -> Operation {
    let operation = scene.make.operation(scene.now());
    let commit = ApiCommit::new(Tenant::default());
    let commit = commit.once(key).accept(operation.clone(), scene.make.job(), scene.now());
    scene.commit(commit).await;
    scene.operation(&operation).await
}

fn take(key: Once) -> ApiCommit {
    ApiCommit::new(Tenant::default()).once(key)
}

fn taken(refusal: Refusal) -> (OnceRecord, Option<Operation>) {
    match refusal {
        Refusal::Taken { record, operation } => (record, operation.map(|operation| *operation)),
        other => panic!("must be taken, is {other:?}"),
    }
}

pub async fn a_taken_key_says_by_what(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let now = scene.now();
    let operation = accept_with_key(&scene, once("a")).await;
    let (record, found) = taken(scene.refused(take(once("a"))).await);
    let expected = OnceRecord {
        scope: "test".to_owned(),
        key: "a".to_owned(),
        fingerprint: "fingerprint of a".to_owned(),
        operation: Some(operation.id),
        expires_at: now.after(once("a").keep),
    };
    assert_eq!(record, expected);
    assert_eq!(found, Some(operation));
}

pub async fn a_key_without_operation_is_taken_too(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let enqueue = || take(once("a")).enqueue(scene.make.job());
    scene.commit(enqueue()).await;
    let (record, operation) = taken(scene.refused(enqueue()).await);
    assert_eq!((record.operation, operation), (None, None));
    assert_eq!(scene.everything().await.jobs.len(), 1);
}

pub async fn scopes_and_tenants_do_not_share_keys(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.commit(take(once("a"))).await;
    scene.commit(take(Once { scope: "another".to_owned(), ..once("a") })).await;
    scene.commit(ApiCommit::new(tenant("acme")).once(once("a"))).await;
    scene.commit(take(once("A"))).await;
}

pub async fn keys_that_run_together_stay_apart(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for (scope, key) in [("a", "b:c"), ("a:b", "c"), ("a/b", "c"), ("a", "b/c"), ("a\0b", "c")] {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        scene.commit(take(Once { scope, key, ..once("x") })).await;
    }
}

pub async fn a_refused_commit_takes_no_key(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.commit(take(once("second"))).await;
    let both = take(once("first")).once(once("second"));
    let (record, _) = taken(scene.refused(both).await);
    assert_eq!(record.key, "second");
    scene.commit(take(once("first"))).await;
}

pub async fn the_first_taken_key_is_the_answer(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.commit(take(once("a"))).await;
    scene.commit(take(once("b"))).await;
    let (record, _) = taken(scene.refused(take(once("b")).once(once("a"))).await);
    assert_eq!(record.key, "b");
}

pub async fn a_key_is_free_again_when_its_time_is_over(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    accept_with_key(&scene, Once { keep: HOUR, ..once("a") }).await;
    scene.advance(HOUR - MICROSECOND);
    let (record, _) = taken(scene.refused(take(once("a"))).await);
    assert!(record.expires_at > scene.now());
    scene.advance(MICROSECOND);
    let second = accept_with_key(&scene, once("a")).await;
    let (record, _) = taken(scene.refused(take(once("a"))).await);
    assert_eq!(record.operation, Some(second.id));
}

/// Keys live longer than what was accepted with them: a late repetition does no work again.
pub async fn a_key_outlives_its_operation(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = accept_with_key(&scene, Once { keep: 30 * DAY, ..once("a") }).await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.end(&claimed, Ok(Outcome::Complete(Value::Null))).await;
    let ended = scene.operation(&operation).await;
    scene.commit(delete(&ended, HOUR).unwrap()).await;
    scene.advance(20 * DAY);
    let limits = PruneLimits { jobs: DAY, tombstones: DAY, batch: 100 };
    let pruned = scene.store.prune(limits).await.unwrap();
    assert_eq!((pruned.jobs, pruned.tombstones, pruned.once), (1, 1, 0));
    assert_eq!(scene.found(&operation).await, FoundOperation::Unknown);
    let (record, found) = taken(scene.refused(take(once("a"))).await);
    assert_eq!((record.operation, found), (Some(operation.id), None));
}

pub async fn a_key_may_be_taken_over_from_a_named_operation_only(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let first = accept_with_key(&scene, once("a")).await;
    let stranger = scene.make.operation_id();
    let wrong = Once { instead_of: Some(stranger), ..once("a") };
    let (record, _) = taken(scene.refused(take(wrong)).await);
    assert_eq!(record.operation, Some(first.id));
    let right = Once { instead_of: Some(first.id), ..once("a") };
    let second = accept_with_key(&scene, right.clone()).await;
    let (record, _) = taken(scene.refused(take(right)).await);
    assert_eq!(record.operation, Some(second.id), "and only once");
}

/// Keys are looked at before all else: a repetition is told what it repeats.
pub async fn a_taken_key_is_told_before_a_taken_id(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.make.operation(scene.now());
    let job = scene.make.job();
    let commit = take(once("a")).accept(operation.clone(), job, scene.now());
    scene.commit(commit.clone()).await;
    let (record, _) = taken(scene.refused(commit).await);
    assert_eq!(record.operation, Some(operation.id), "the same commit again, word by word");
}

pub async fn keys_are_forgotten_when_their_time_is_over(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.commit(take(Once { keep: HOUR, ..once("a") })).await;
    scene.commit(take(Once { keep: 2 * HOUR, ..once("b") })).await;
    let limits = PruneLimits { jobs: DAY, tombstones: DAY, batch: 100 };
    scene.advance(HOUR);
    assert_eq!(scene.store.prune(limits).await.unwrap().once, 1);
    taken(scene.refused(take(once("b"))).await);
}

/// A key that was to outlive its operation does so, however long that runs.
pub async fn a_key_is_not_free_while_its_operation_runs(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = accept_with_key(&scene, Once { keep: 30 * DAY, ..once("a") }).await;
    scene.advance(40 * DAY);
    let limits = PruneLimits { jobs: DAY, tombstones: DAY, batch: 100 };
    assert_eq!(scene.store.prune(limits).await.unwrap().once, 0);
    let (_, found) = taken(scene.refused(take(once("a"))).await);
    assert_eq!(found.map(|found| found.id), Some(operation.id));
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.end(&claimed, Ok(Outcome::Complete(Value::Null))).await;
    scene.advance(6 * DAY);
    taken(scene.refused(take(once("a"))).await);
    scene.advance(2 * DAY);
    scene.commit(take(once("a"))).await;
}
