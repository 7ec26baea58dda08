//! A store in memory, handlers, and a clock that stands still.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::transition::{self, Decided};
use deferral_core::{
    Clock, Ending, FoundOperation, Job, JobId, JobQuery, Kind, NewJob, Operation, OperationId,
    Status, Store, StoredJob, Tenant, Timestamp,
};
use deferral_testing::{Fault, FaultyStore, MemoryStore, TestClock};
use deferral_worker::{Handler, QueueSettings, Registry, Settings, Worker};
use serde_json::Value;

/// Runs an application's jobs in a test. All of it panics when something is not as it must be:
/// it is a test that would not notice otherwise.
pub struct Kit {
    store: Arc<MemoryStore>,
    clock: TestClock,
    registry: Registry,
    queues: Vec<QueueSettings>,
    worker: OnceLock<Worker>,
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]
impl Kit {
    /// An empty store without handlers.
    pub fn new() -> Self {
        let clock = TestClock::new();
        let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
        Self {
            store,
            clock,
            registry: Registry::default(),
            queues: Vec::new(),
            worker: OnceLock::new(),
        }
    }

    /// Runs jobs of `J` with this handler and state.
    #[must_use]
    pub fn job<J: Job, S: Send + Sync + 'static>(
        mut self,
        handler: impl Handler<J, S>,
        state: S,
    ) -> Self {
        self.registry.register(handler, Arc::new(state)).expect("a kind that can be registered");
        let queue = J::policy().queue;
        if self.queues.iter().all(|known| known.name != queue) {
            self.queues.push(QueueSettings { name: queue, concurrency: None });
        }
        self
    }

    /// The store, to look at or to write to.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Lets time pass: retries, snoozes and gates come due, leases run out.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Accepts an operation that this job carries out.
    pub async fn start<J: Job>(&self, job: &J) -> OperationId {
        let id = OperationId::new(self.now(), rand::random());
        let kind = Kind::new(J::KIND).expect("the name of a kind");
        let operation = Operation::accepted(id, Tenant::default(), kind, self.now());
        let commit =
            ApiCommit::new(Tenant::default()).accept(operation, self.new_job(job), self.now());
        self.store.commit(commit.into()).await.expect("an operation is accepted");
        id
    }

    /// Enqueues a job without an operation.
    pub async fn enqueue<J: Job>(&self, job: &J) -> JobId {
        let job = self.new_job(job);
        let id = job.id;
        let commit = ApiCommit::new(Tenant::default()).enqueue(job);
        self.store.commit(commit.into()).await.expect("a job is enqueued");
        id
    }

    fn new_job<J: Job>(&self, job: &J) -> NewJob {
        let id = JobId::new(self.now(), rand::random());
        NewJob::new(id, Tenant::default(), job).expect("a job that can be written down")
    }

    /// Runs one job inline, and all that follows from it now; returns the job as it stands then.
    pub async fn run<J: Job>(&self, job: &J) -> StoredJob {
        let id = self.enqueue(job).await;
        self.drain().await;
        self.stored(id).await
    }

    /// Runs all that can be run now; returns how many attempts that were.
    pub async fn drain(&self) -> usize {
        self.worker(self.store()).drain().await.expect("jobs are run")
    }

    /// Runs all there is, letting time pass by `step` whenever nothing can be run, until nothing
    /// is left to wait for, `steps` times at most; returns how many attempts ran.
    pub async fn drain_for(&self, step: Duration, steps: usize) -> usize {
        let mut attempts = 0;
        for _ in 0..steps {
            attempts += self.drain().await;
            let waits = |count: &deferral_core::KindCount| {
                matches!(count.state.as_str(), "scheduled" | "available" | "running")
            };
            let overview = self.store.overview().await.expect("the store is looked at");
            if !overview.counts.iter().any(|count| waits(count) && count.count > 0) {
                break;
            }
            self.advance(step);
        }
        attempts
    }

    /// Runs all that can be run now in a worker that dies at this call to its store. True when it
    /// died; false when it made fewer calls.
    pub async fn drain_and_die(&self, call: u64, fault: Fault) -> bool {
        let store = Arc::new(FaultyStore::at(self.store(), call, fault));
        let worker = self.worker(store.clone());
        let died = async {
            while !store.has_crashed() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            _ended = worker.drain() => {}
            () = died => {}
        }
        self.bury().await;
        store.has_crashed()
    }

    /// Nothing runs between two drains: whoever is still registered died in the last one.
    async fn bury(&self) {
        for worker in self.store.overview().await.expect("the store is looked at").workers {
            self.store.kill_worker(worker.id);
        }
    }

    /// Runs all that can be run now, but the worker dies when its first attempt has ended and
    /// before that is written; then another one runs it again: the handler sees its job twice.
    pub async fn deliver_twice(&self) {
        let store = Arc::new(FaultyStore::new(self.store(), |call| {
            call.ends_attempt.then_some(Fault::CrashBefore)
        }));
        let worker = self.worker(store.clone());
        let died = async {
            while !store.has_crashed() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            _ended = worker.drain() => panic!("no attempt ended: there was nothing to deliver"),
            () = died => {}
        }
        self.bury().await;
        self.drain().await;
    }

    /// One worker for all drains: what it watched by its stopwatch goes on with the kit's time.
    fn worker(&self, store: Arc<dyn Store>) -> Worker {
        let worker = self.worker.get_or_init(|| {
            let settings = Settings {
                queues: self.queues.clone(),
                lease: Duration::from_secs(60),
                ..Settings::default()
            };
            let clock = self.clock.clone();
            Worker::new(self.store(), self.registry.clone(), settings)
                .expect("kinds fit the store")
                .timed_by(move || clock.now().since(TestClock::START))
        });
        worker.clone().over(store)
    }

    /// The operation as it stands.
    pub async fn operation(&self, id: OperationId) -> Operation {
        match self.store.operation(&Tenant::default(), id).await.expect("the store is asked") {
            FoundOperation::Live(operation) => *operation,
            other => panic!("the operation is {other:?}"),
        }
    }

    /// The result of an operation that succeeded.
    pub async fn result(&self, id: OperationId) -> Value {
        match self.operation(id).await.ending {
            Some(Ending::Succeeded { result }) => result,
            other => panic!("the operation did not succeed: {other:?}"),
        }
    }

    /// Asserts where the operation stands.
    pub async fn assert_status(&self, id: OperationId, status: Status) {
        let operation = self.operation(id).await;
        assert_eq!(operation.status, status, "{operation:?}");
    }

    /// The job as it stands.
    pub async fn stored(&self, id: JobId) -> StoredJob {
        let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
        let found = self.store.jobs(&query).await.expect("the store is asked");
        found.page.items.into_iter().next().expect("the job is there")
    }

    /// All jobs of `J`'s kind, newest first.
    pub async fn jobs<J: Job>(&self) -> Vec<StoredJob> {
        let kind = Kind::new(J::KIND).ok();
        let query = JobQuery { kind, limit: 10_000, ..JobQuery::default() };
        self.store.jobs(&query).await.expect("the store is asked").page.items
    }

    /// Confirms an operation that waits for it.
    pub async fn confirm(&self, id: OperationId, data: Value) {
        let operation = self.operation(id).await;
        self.decide(transition::confirm(&operation, &data, None, self.now())).await;
    }

    /// Cancels an operation.
    pub async fn cancel(&self, id: OperationId) {
        let operation = self.operation(id).await;
        let job = match operation.job {
            Some(job) => Some(self.stored(job).await),
            None => None,
        };
        self.decide(transition::cancel(&operation, job.as_ref(), self.now())).await;
    }

    async fn decide(&self, decided: Result<Decided, transition::ActionRefused>) {
        if let Decided::Commit(commit) = decided.expect("the action is allowed") {
            self.store.commit((*commit).into()).await.expect("the decision is written");
        }
    }
}
