//! A store, a worker, and a look at what came of it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::{
    FoundOperation, Job, JobId, JobQuery, Kind, NewJob, Operation, OperationId, Store, StoredJob,
    SystemClock, Tenant,
};
use deferral_testing::MemoryStore;
use deferral_worker::{Registry, Settings, Worker};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) settings: Settings,
}

/// A worker that runs until told to stop.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }

    /// The worker's process is killed: nothing of it runs on.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            lease: Duration::from_millis(900),
            grace: Duration::from_millis(300),
            poll: Duration::from_millis(50),
            ..Settings::default()
        };
        Self { store: Arc::new(MemoryStore::new(Arc::new(SystemClock))), settings }
    }

    pub(crate) fn worker(&self, registry: Registry) -> Running {
        self.worker_on(self.store.clone(), registry)
    }

    pub(crate) fn worker_on(&self, store: Arc<dyn Store>, registry: Registry) -> Running {
        let worker = Worker::new(store, registry, self.settings.clone()).unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stop = async move {
                let _dropped = stopped.await;
            };
            worker.run(stop).await.unwrap();
        });
        Running { stop, task }
    }

    /// Accepts an operation that this job carries out.
    pub(crate) async fn accept<J: Job>(&self, job: &J) -> OperationId {
        let now = self.store.now();
        let job = NewJob::new(JobId::new(now, rand::random()), Tenant::default(), job).unwrap();
        let id = OperationId::new(now, rand::random());
        let kind = Kind::new(J::KIND).unwrap();
        let operation = Operation::accepted(id, Tenant::default(), kind, now);
        let commit = ApiCommit::new(Tenant::default()).accept(operation, job, now);
        self.store.commit(commit.into()).await.unwrap();
        id
    }

    pub(crate) async fn enqueue(&self, job: NewJob) -> JobId {
        let id = job.id;
        let commit = ApiCommit::new(job.tenant.clone()).enqueue(job);
        self.store.commit(commit.into()).await.unwrap();
        id
    }

    pub(crate) fn job<J: Job>(&self, job: &J) -> NewJob {
        let id = JobId::new(self.store.now(), rand::random());
        NewJob::new(id, Tenant::default(), job).unwrap()
    }

    pub(crate) async fn operation(&self, id: OperationId) -> Operation {
        match self.store.operation(&Tenant::default(), id).await.unwrap() {
            FoundOperation::Live(operation) => *operation,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn stored(&self, id: JobId) -> StoredJob {
        let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
        self.store.jobs(&query).await.unwrap().page.items.pop().unwrap()
    }

    /// The operation once it is as wanted.
    pub(crate) async fn until(
        &self,
        id: OperationId,
        wanted: impl Fn(&Operation) -> bool,
    ) -> Operation {
        eventually(|| async {
            let operation = self.operation(id).await;
            wanted(&operation).then_some(operation)
        })
        .await
    }
}

/// Looks until there is something to see, for ten seconds at most.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(look: impl Fn() -> F) -> T {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), looking).await.expect("it never happened")
}
