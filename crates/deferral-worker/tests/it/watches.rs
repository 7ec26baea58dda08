//! How long an effect has been unknown, by a clock that no step of the wall clock moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::{JobId, NewJob, Operation, OperationId, Store, Tenant};
use deferral_testing::{MemoryStore, TestClock};
use deferral_worker::{Registry, Settings, Worker};

use crate::effects::{ASK, Answer, Bank, Charge, charge};

const SECOND: Duration = Duration::from_secs(1);
/// Longer than the effect takes to settle.
const SETTLED: Duration = Duration::from_secs(10);

/// Real time, and the store's clock, which may be set.
struct Times {
    wall: TestClock,
    passed: Arc<AtomicU64>,
}

impl Times {
    fn pass(&self, time: Duration) {
        self.wall.advance(time);
        self.passed.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// A process of its own, which measures by itself what it has seen.
    fn worker(&self, store: &Arc<MemoryStore>, bank: &Arc<Bank>) -> Worker {
        let mut registry = Registry::default();
        registry.register(charge, bank.clone()).unwrap();
        let passed = self.passed.clone();
        let stopwatch = move || Duration::from_millis(passed.load(Ordering::SeqCst));
        Worker::new(store.clone(), registry, Settings::default()).unwrap().timed_by(stopwatch)
    }
}

async fn accept(store: &MemoryStore, job: &Charge) {
    let now = store.now();
    let job = NewJob::new(JobId::new(now, rand::random()), Tenant::default(), job).unwrap();
    let id = OperationId::new(now, rand::random());
    let operation = Operation::accepted(id, Tenant::default(), job.kind.clone(), now);
    let commit = ApiCommit::new(Tenant::default()).accept(operation, job, now);
    store.commit(commit.into()).await.unwrap();
}

/// One process gave up a sending long ago; another sent anew, and lost that answer too just now.
/// What the first one has watched for long is not what is unknown at present.
#[tokio::test]
async fn another_sending_is_watched_anew() {
    let times = Times { wall: TestClock::new(), passed: Arc::default() };
    let store = Arc::new(MemoryStore::new(Arc::new(times.wall.clone())));
    let bank = Bank::answering(&[Answer::LostBefore, Answer::LostBefore]);
    accept(&store, &ASK).await;
    let (first, second) = (times.worker(&store, &bank), times.worker(&store, &bank));
    first.drain().await.unwrap();
    times.pass(2 * SECOND);
    second.drain().await.unwrap();
    times.pass(SETTLED);
    second.drain().await.unwrap();
    assert_eq!(bank.times(), (2, 0), "sent anew by the second, and under way again");
    // The wall clock is set forward; hardly any time passes.
    times.wall.advance(Duration::from_secs(3600));
    first.drain().await.unwrap();
    assert_eq!(bank.times().0, 2, "it may still land: it is not believed to be lost yet");
    times.pass(SETTLED);
    first.drain().await.unwrap();
    assert_eq!(bank.times(), (3, 1), "settled by every clock");
}
