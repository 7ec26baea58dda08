//! The worker's threads in every order: what rests on who comes first between two instructions.
//!
//! Shuttle runs each test many times, choosing at every lock and atomic of [`crate::sync`] which
//! thread or task goes on, at random and by the method of "few changes of turn". A test that waits
//! for ever is a lost wake-up. Timers are made and never fire here: what depends on time, the
//! simulation of the battery sees.
//!
//! `cargo nextest run -p deferral-worker --features shuttle interleavings`, with `SCHEDULES=100000`
//! for as many of each test.

use std::sync::Arc;

use deferral_core::commit::ApiCommit;
use deferral_core::{
    Claim, Claimed, HandlerError, Job, JobId, JobState, Kind, NewJob, Operation, OperationId,
    QueueName, Store, Tenant,
};
use deferral_testing::{FaultyStore, MemoryStore, TestClock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shuttle::future::{block_on, spawn};

use crate::flag::Flag;
use crate::session::Session;
use crate::settings::QueueSettings;
use crate::slots::Slots;
use crate::{Context, Registry, Settings, Worker};

/// So many schedules of each test for every change.
const SCHEDULES: usize = 1_000;
/// So many changes of turn at unexpected places.
const DEPTH: usize = 3;

fn explore(test: impl Fn() + Clone + Send + Sync + 'static) {
    // For the timers that are made.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.unwrap();
    let _entered = runtime.enter();
    let asked = std::env::var("SCHEDULES").ok().map(|text| text.parse().unwrap());
    let schedules: usize = asked.unwrap_or(SCHEDULES);
    shuttle::check_random(test.clone(), schedules / 2);
    shuttle::check_pct(test, schedules / 2, DEPTH);
}

#[test]
fn nobody_waits_for_a_flag_that_is_raised() {
    explore(|| {
        let flag = Arc::<Flag>::default();
        let waits = |flag: Arc<Flag>| spawn(async move { flag.raised().await });
        let waiting: Vec<_> = (0..3).map(|_| waits(flag.clone())).collect();
        let raising = [(); 2].map(|()| {
            let flag = flag.clone();
            shuttle::thread::spawn(move || flag.raise())
        });
        for waits in waiting {
            block_on(waits).unwrap();
        }
        raising.into_iter().for_each(|raises| raises.join().unwrap());
        assert!(flag.is_raised());
    });
}

#[test]
fn no_slot_is_lost_and_no_limit_is_exceeded() {
    explore(|| {
        let narrow = QueueName::new("narrow").unwrap();
        let queue = QueueSettings { name: narrow.clone(), concurrency: Some(1) };
        let wide = QueueSettings { name: QueueName::default(), concurrency: None };
        let slots = Arc::new(Slots::new(Some(2), vec![queue, wide]));
        let mut running = Vec::new();
        let claiming = async {
            for _ in 0..5 {
                let demand = loop {
                    match slots.demands().into_iter().next() {
                        Some(demand) => break demand,
                        None => slots.freed().await,
                    }
                };
                let slot = slots.take(demand.queues[0].clone());
                let taken = slots.demands().into_iter().flat_map(|demand| demand.queues);
                assert!(demand.queues[0] != narrow || !taken.collect::<Vec<_>>().contains(&narrow));
                running.push(shuttle::thread::spawn(move || drop(slot)));
            }
        };
        block_on(claiming);
        running.into_iter().for_each(|runs| runs.join().unwrap());
        assert!(slots.is_idle(), "{slots:?}");
    });
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Work;

impl Job for Work {
    const KIND: &'static str = "work";
    type Output = ();
}

async fn work(_: Work, cx: Context<()>) -> Result<(), HandlerError> {
    for _ in 0..3 {
        if cx.is_canceled() {
            return Ok(());
        }
        shuttle::future::yield_now().await;
    }
    Ok(())
}

/// A job of an operation, claimed by a session that has just registered.
async fn claimed(store: Arc<dyn Store>, release: Arc<Flag>) -> (Arc<Session>, Claimed) {
    let mut registry = Registry::default();
    registry.register(work, Arc::new(())).unwrap();
    let worker = Worker::new(store.clone(), registry, Settings::default()).unwrap();
    let session = Session::register(&worker, release).await.unwrap();
    let (now, tenant) = (store.now(), Tenant::default());
    let job = NewJob::new(JobId::new(now, [1; 10]), tenant.clone(), &Work).unwrap();
    let kind = Kind::new(Work::KIND).unwrap();
    let operation = Operation::accepted(OperationId::new(now, [2; 10]), tenant.clone(), kind, now);
    let commit = ApiCommit::new(tenant).accept(operation, job, now);
    store.commit(commit.into()).await.unwrap();
    let queues = vec![QueueName::default()];
    let claim = Claim { worker: session.id, queues, limit: 1, suspect: false };
    let claimed = store.claim(claim).await.unwrap().claimed.pop().unwrap();
    (session, claimed)
}

/// What may end an attempt while its handler is about to do so itself.
#[derive(Clone, Copy)]
enum Meanwhile {
    Canceled,
    Released,
    Lost,
}

fn an_attempt_ends_once(meanwhile: &'static [Meanwhile]) {
    explore(move || {
        let ends = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let memory = Arc::new(MemoryStore::new(Arc::new(TestClock::new())));
        let counted = ends.clone();
        let store: Arc<dyn Store> = Arc::new(FaultyStore::new(memory, move |call| {
            let one = u64::from(call.ends_attempt);
            counted.fetch_add(one, std::sync::atomic::Ordering::SeqCst);
            None
        }));
        let release = Arc::<Flag>::default();
        let (session, claimed) = block_on(claimed(store.clone(), release.clone()));
        let (id, attempt) = (claimed.job.id, session.track(claimed));
        let harm = meanwhile.iter().map(|what| {
            let (attempt, release, what) = (attempt.clone(), release.clone(), *what);
            shuttle::thread::spawn(move || match what {
                Meanwhile::Canceled => attempt.cancel(),
                Meanwhile::Released => release.raise(),
                Meanwhile::Lost => attempt.fence.lose(),
            })
        });
        let harm: Vec<_> = harm.collect();
        let running = spawn({
            let session = session.clone();
            async move { session.run(attempt, None).await }
        });
        block_on(running).unwrap();
        harm.into_iter().for_each(|harm| harm.join().unwrap());
        assert_eq!(ends.load(std::sync::atomic::Ordering::SeqCst), 1, "it was ended once");
        let query = deferral_core::JobQuery { id: Some(id), limit: 1, ..Default::default() };
        let job = block_on(store.jobs(&query)).unwrap().page.items.pop().unwrap();
        let released = matches!(job.state, JobState::Available { .. });
        assert!(job.state.is_finished() || released, "{:?}", job.state);
        assert!(!released || meanwhile.iter().any(|it| !matches!(it, Meanwhile::Canceled)));
        assert!(session.in_flight.all().is_empty());
    });
}

#[test]
fn an_attempt_that_is_canceled_ends_once() {
    an_attempt_ends_once(&[Meanwhile::Canceled]);
}

#[test]
fn an_attempt_that_is_released_ends_once() {
    an_attempt_ends_once(&[Meanwhile::Released, Meanwhile::Canceled]);
}

#[test]
fn an_attempt_that_is_lost_ends_once() {
    an_attempt_ends_once(&[Meanwhile::Lost, Meanwhile::Released, Meanwhile::Canceled]);
}

#[test]
fn two_writes_of_an_attempt_never_rest_on_the_same_version() {
    explore(|| {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::new(TestClock::new())));
        let (session, claimed) = block_on(claimed(store, Arc::default()));
        let attempt = session.track(claimed);
        let stages = ["one", "two", "three"].map(|stage| {
            let attempt = attempt.clone();
            spawn(async move {
                let stage = Some(stage.to_owned());
                attempt.change(deferral_core::Change::Staged { stage }).await
            })
        });
        for stage in stages {
            block_on(stage).unwrap().unwrap();
        }
        let operation = attempt.operation().unwrap();
        assert_eq!(operation.version, 4, "one event for each");
    });
}
