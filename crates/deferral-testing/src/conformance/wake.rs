//! Nobody who waits is forgotten.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::{Due, Outcome, Store, Topic};

use super::Harness;
use super::scene::{SECOND, Scene};

/// How soon a wake must have come, with much to spare.
const SOON: Duration = Duration::from_secs(5);

/// Waits for something to happen after `seen`.
async fn woken(store: &dyn Store, topic: Topic, seen: u64) -> u64 {
    let woken = tokio::time::timeout(SOON, store.wake(topic, seen)).await;
    woken.unwrap_or_else(|_| panic!("nobody was told about {topic:?}"))
}

pub async fn who_knows_nothing_is_answered_at_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for topic in [Topic::Jobs, Topic::Operations] {
        assert!(woken(&*scene.store, topic, 0).await > 0, "0 means that nothing was seen");
    }
}

/// Between a look at the jobs and the wait for more lies no gap.
pub async fn what_happened_before_the_wait_is_not_missed(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let jobs = woken(&*scene.store, Topic::Jobs, 0).await;
    let operations = woken(&*scene.store, Topic::Operations, 0).await;
    scene.accept().await;
    assert!(woken(&*scene.store, Topic::Jobs, jobs).await > jobs);
    assert!(woken(&*scene.store, Topic::Operations, operations).await > operations);
}

pub async fn what_happens_during_the_wait_ends_it(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let seen = woken(&*scene.store, Topic::Jobs, 0).await;
    let waiting = spawn_wait(&scene.store, Topic::Jobs, seen);
    tokio::task::yield_now().await;
    scene.enqueue(scene.make.job()).await;
    assert!(waiting.await.unwrap() > seen);
}

fn spawn_wait(store: &Arc<dyn Store>, topic: Topic, seen: u64) -> tokio::task::JoinHandle<u64> {
    let store = Arc::clone(store);
    tokio::spawn(async move { woken(&*store, topic, seen).await })
}

pub async fn everybody_who_waits_is_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let seen = woken(&*scene.store, Topic::Jobs, 0).await;
    let waiting: Vec<_> = (0..20).map(|_| spawn_wait(&scene.store, Topic::Jobs, seen)).collect();
    tokio::task::yield_now().await;
    scene.enqueue(scene.make.job()).await;
    for one in waiting {
        assert!(one.await.unwrap() > seen);
    }
}

pub async fn another_process_is_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let second = scene.harness.second();
    let jobs = woken(&*second, Topic::Jobs, 0).await;
    let operations = woken(&*second, Topic::Operations, 0).await;
    let waiting = spawn_wait(&second, Topic::Jobs, jobs);
    let watching = spawn_wait(&second, Topic::Operations, operations);
    scene.accept().await;
    assert!(waiting.await.unwrap() > jobs);
    assert!(watching.await.unwrap() > operations);
}

/// A job that is written to run later is news too: the time to wake up may have moved.
pub async fn whatever_makes_a_job_wait_is_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut seen = woken(&*scene.store, Topic::Jobs, 0).await;
    scene.enqueue(scene.make.job().due(Due::After(SECOND))).await;
    seen = woken(&*scene.store, Topic::Jobs, seen).await;
    scene.advance(2 * SECOND);
    scene.store.promote(10).await.unwrap();
    seen = woken(&*scene.store, Topic::Jobs, seen).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.end(&claimed, Ok(Outcome::Snooze(SECOND))).await;
    seen = woken(&*scene.store, Topic::Jobs, seen).await;
    scene.advance(2 * SECOND);
    scene.store.promote(10).await.unwrap();
    seen = woken(&*scene.store, Topic::Jobs, seen).await;
    scene.claim_one(worker).await;
    scene.crash().await;
    woken(&*scene.store, Topic::Jobs, seen).await;
}

pub async fn every_change_of_an_operation_is_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut seen = woken(&*scene.store, Topic::Operations, 0).await;
    scene.accept().await;
    seen = woken(&*scene.store, Topic::Operations, seen).await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    seen = woken(&*scene.store, Topic::Operations, seen).await;
    scene.complete(&claimed).await;
    woken(&*scene.store, Topic::Operations, seen).await;
}

/// A hundred writers, and a waiter that only ever waits for more than it saw: it sees them all.
pub async fn no_wake_is_lost_under_load(harness: &mut dyn Harness) {
    const WRITERS: usize = 100;
    let scene = Scene::of(harness);
    let store = Arc::clone(&scene.store);
    let waiting = tokio::spawn(async move {
        let mut seen = 0;
        loop {
            seen = woken(&*store, Topic::Jobs, seen).await;
            let waiting = crate::Everything::of(&*store).await.unwrap().jobs.len();
            if waiting == WRITERS {
                return;
            }
        }
    });
    let writers = (0..WRITERS).map(|_| {
        let (store, job) = (Arc::clone(&scene.store), scene.make.job());
        tokio::spawn(async move {
            let commit = ApiCommit::new(job.tenant.clone()).enqueue(job);
            store.commit(commit.into()).await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    waiting.await.unwrap();
}
