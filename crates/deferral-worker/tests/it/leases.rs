//! Leases, crashes, shutdown and slots.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deferral_core::{HandlerError, Job, JobState, Policy, QueueName, Status, Store};
use deferral_testing::{Call, Fault, FaultyStore};
use deferral_worker::{Context, QueueSettings, Registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::world::{World, eventually};

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
struct Slow;

impl Job for Slow {
    const KIND: &'static str = "slow";
    type Output = ();

    fn policy() -> Policy {
        Policy { timeout: Duration::from_secs(60), ..Policy::default() }
    }
}

struct Gauge {
    started: AtomicU32,
    running: AtomicUsize,
    most: AtomicUsize,
    go: Semaphore,
}

impl Gauge {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            started: AtomicU32::new(0),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            go: Semaphore::new(0),
        })
    }

    async fn started(&self, times: u32) {
        eventually(|| async { (self.started.load(Ordering::SeqCst) >= times).then_some(()) }).await;
    }
}

struct Present<'a>(&'a Gauge);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn slow(_: Slow, cx: Context<Gauge>) -> Result<(), HandlerError> {
    let gauge = cx.state();
    let running = gauge.running.fetch_add(1, Ordering::SeqCst) + 1;
    let _present = Present(gauge);
    gauge.most.fetch_max(running, Ordering::SeqCst);
    gauge.started.fetch_add(1, Ordering::SeqCst);
    gauge.go.acquire().await?.forget();
    Ok(())
}

fn registry(gauge: &Arc<Gauge>) -> Registry {
    let mut registry = Registry::default();
    registry.register(slow, gauge.clone()).unwrap();
    registry
}

#[tokio::test]
async fn a_clean_shutdown_releases_what_runs_and_burns_no_attempt() {
    let (world, gauge) = (World::new(), Gauge::new());
    let id = world.enqueue(world.job(&Slow)).await;
    let worker = world.worker(registry(&gauge));
    gauge.started(1).await;
    worker.stop().await;
    let job = world.stored(id).await;
    assert!(matches!(job.state, JobState::Available { .. }), "{:?}", job.state);
    assert_eq!((job.attempts, job.crashes, job.suspect), (0, 0, false));
    assert_eq!(world.store.overview().await.unwrap().workers, [], "it signed off");
}

#[tokio::test]
async fn a_shutdown_lets_what_ends_in_time_end() {
    let (world, gauge) = (World::new(), Gauge::new());
    let id = world.accept(&Slow).await;
    let worker = world.worker(registry(&gauge));
    gauge.started(1).await;
    gauge.go.add_permits(1);
    worker.stop().await;
    assert_eq!(world.operation(id).await.status, Status::Succeeded);
}

#[tokio::test]
async fn a_killed_workers_job_is_taken_over_and_run_alone() {
    let (world, gauge) = (World::new(), Gauge::new());
    let id = world.accept(&Slow).await;
    let first = world.worker(registry(&gauge));
    gauge.started(1).await;
    first.kill().await;
    let second = world.worker(registry(&gauge));
    gauge.started(2).await;
    let job = world.stored(world.operation(id).await.job.unwrap()).await;
    assert!(matches!(job.state, JobState::Running { alone: true, .. }), "{:?}", job.state);
    assert!(job.suspect && job.token.0 == 2);
    gauge.go.add_permits(2);
    world.until(id, |it| it.status == Status::Succeeded).await;
    second.stop().await;
}

#[tokio::test]
async fn suspects_run_one_at_a_time() {
    let (world, gauge) = (World::new(), Gauge::new());
    for _ in 0..4 {
        world.enqueue(world.job(&Slow)).await;
    }
    let first = world.worker(registry(&gauge));
    gauge.started(4).await;
    assert_eq!(gauge.most.swap(0, Ordering::SeqCst), 4);
    first.kill().await;
    gauge.go.add_permits(4);
    let second = world.worker(registry(&gauge));
    gauge.started(8).await;
    assert_eq!(gauge.most.load(Ordering::SeqCst), 1);
    second.stop().await;
}

/// Leaves a next job each time.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
struct Endless;

impl Job for Endless {
    const KIND: &'static str = "endless";
    type Output = ();
}

async fn endless(job: Endless, cx: Context<()>) -> Result<(), HandlerError> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(cx.enqueue(&job)?)
}

#[tokio::test]
async fn suspects_have_their_turn_although_the_queue_is_never_empty() {
    let (mut world, gauge) = (World::new(), Gauge::new());
    world.settings.concurrency = Some(2);
    let mut both = registry(&gauge);
    both.register(endless, Arc::new(())).unwrap();
    let suspect = world.enqueue(world.job(&Slow)).await;
    let first = world.worker(registry(&gauge));
    gauge.started(1).await;
    for _ in 0..8 {
        world.enqueue(world.job(&Endless)).await;
    }
    let second = world.worker(both);
    first.kill().await;
    gauge.go.add_permits(1);
    eventually(|| async {
        matches!(world.stored(suspect).await.state, JobState::Completed { .. }).then_some(())
    })
    .await;
    second.stop().await;
}

/// Else what the worker left unknown stays so for as long as its process lives.
#[tokio::test]
async fn a_lost_registration_is_signed_off_until_the_store_has_heard() {
    let (world, gauge) = (World::new(), Gauge::new());
    world.enqueue(world.job(&Slow)).await;
    let calls = Arc::new(Mutex::new(Vec::new()));
    let (store, told) = (world.store.clone(), calls.clone());
    let plan = move |call: Call| {
        let mut told = told.lock().unwrap();
        told.push(call.verb);
        let leaves = told.iter().filter(|verb| **verb == "leave").count();
        (call.verb == "leave" && leaves <= 2).then_some(Fault::Unavailable)
    };
    let worker = world.worker_on(Arc::new(FaultyStore::new(store, plan)), registry(&gauge));
    gauge.started(1).await;
    world.store.kill_worker(world.store.overview().await.unwrap().workers[0].id);
    let said = || calls.lock().unwrap().clone();
    let registers = || said().iter().filter(|verb| **verb == "register").count();
    eventually(|| async { (registers() == 2).then_some(()) }).await;
    let until_then: Vec<_> = said();
    let anew = until_then.iter().rposition(|verb| *verb == "register").unwrap();
    let leaves = until_then[..anew].iter().filter(|verb| **verb == "leave").count();
    assert_eq!(leaves, 3, "{until_then:?}");
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_stops_its_jobs_and_registers_anew() {
    let (world, gauge) = (World::new(), Gauge::new());
    world.enqueue(world.job(&Slow)).await;
    let worker = world.worker(registry(&gauge));
    gauge.started(1).await;
    let lost = world.store.overview().await.unwrap().workers[0].id;
    world.store.kill_worker(lost);
    // Its own second session takes the job over; the first run was dropped before.
    gauge.started(2).await;
    assert_eq!(gauge.most.load(Ordering::SeqCst), 1);
    let workers = world.store.overview().await.unwrap().workers;
    assert!(workers.iter().all(|worker| worker.id != lost));
    gauge.go.add_permits(1);
    worker.stop().await;
}

#[tokio::test]
async fn no_more_jobs_run_than_the_queue_and_the_worker_allow() {
    let (mut world, gauge) = (World::new(), Gauge::new());
    let narrow = QueueName::new("narrow").unwrap();
    world.settings.concurrency = Some(3);
    world.settings.queues = vec![
        QueueSettings { name: narrow.clone(), concurrency: Some(1) },
        QueueSettings { name: QueueName::default(), concurrency: None },
    ];
    for _ in 0..3 {
        world.enqueue(world.job(&Slow).queue(narrow.clone())).await;
        world.enqueue(world.job(&Slow)).await;
    }
    let worker = world.worker(registry(&gauge));
    gauge.started(3).await;
    let overview = world.store.overview().await.unwrap();
    let running = |queue: &QueueName| -> u64 {
        let mine = overview.counts.iter().filter(|it| it.queue == *queue && it.state == "running");
        mine.map(|it| it.count).sum()
    };
    assert_eq!((running(&narrow), running(&QueueName::default())), (1, 2));
    gauge.go.add_permits(6);
    gauge.started(6).await;
    assert_eq!(gauge.most.load(Ordering::SeqCst), 3);
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_was_stopped_by_the_fence_is_not_kept_alive_by_the_next_heartbeat() {
    let (world, gauge) = (World::new(), Gauge::new());
    let id = world.enqueue(world.job(&Slow)).await;
    // The fence falls after 600 ms, the lease is over after 900 ms: heartbeats that fail in
    // between close the one and keep the other.
    let begin = Instant::now();
    let store = FaultyStore::new(world.store.clone(), move |call| {
        let silent = begin.elapsed() < Duration::from_millis(650);
        (call.verb == "heartbeat" && silent).then_some(Fault::Unavailable)
    });
    let worker = world.worker_on(Arc::new(store), registry(&gauge));
    gauge.started(2).await;
    assert_eq!(gauge.most.load(Ordering::SeqCst), 1, "the first run was dropped before");
    gauge.go.add_permits(1);
    eventually(|| async {
        matches!(world.stored(id).await.state, JobState::Completed { .. }).then_some(())
    })
    .await;
    assert_eq!(world.stored(id).await.attempts, 0);
    worker.stop().await;
}

/// I11: jobs that were claimed, and whose worker never heard of it, are nobody's.
#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_not_kept_alive() {
    let (world, gauge) = (World::new(), Gauge::new());
    let id = world.accept(&Slow).await;
    let lost = AtomicU32::new(0);
    let store = FaultyStore::new(world.store.clone(), move |call| {
        let first = call.verb == "claim" && lost.fetch_add(1, Ordering::SeqCst) == 0;
        first.then_some(Fault::LostAnswer)
    });
    gauge.go.add_permits(1);
    let worker = world.worker_on(Arc::new(store), registry(&gauge));
    let operation = world.until(id, |it| it.status.is_terminal()).await;
    assert_eq!(operation.status, Status::Succeeded);
    assert_eq!(gauge.started.load(Ordering::SeqCst), 1);
    worker.stop().await;
}

#[tokio::test]
async fn one_heartbeat_that_fails_stops_nothing() {
    let (world, gauge) = (World::new(), Gauge::new());
    let id = world.accept(&Slow).await;
    let failed = AtomicU32::new(0);
    let store = FaultyStore::new(world.store.clone(), move |call| {
        let first = call.verb == "heartbeat" && failed.fetch_add(1, Ordering::SeqCst) == 0;
        first.then_some(Fault::Unavailable)
    });
    let worker = world.worker_on(Arc::new(store), registry(&gauge));
    gauge.started(1).await;
    // Beyond the first lease: it was renewed all the same.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    gauge.go.add_permits(1);
    world.until(id, |it| it.status == Status::Succeeded).await;
    assert_eq!(gauge.started.load(Ordering::SeqCst), 1);
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_stops_although_its_store_is_away() {
    let (mut world, gauge) = (World::new(), Gauge::new());
    world.settings.grace = Duration::from_millis(50);
    world.enqueue(world.job(&Slow)).await;
    let away = Arc::new(AtomicU32::new(0));
    let is_away = away.clone();
    let store = FaultyStore::new(world.store.clone(), move |_| {
        (is_away.load(Ordering::SeqCst) == 1).then_some(Fault::Unavailable)
    });
    let worker = world.worker_on(Arc::new(store), registry(&gauge));
    gauge.started(1).await;
    away.store(1, Ordering::SeqCst);
    tokio::time::timeout(Duration::from_secs(15), worker.stop()).await.expect("it ends");
}
