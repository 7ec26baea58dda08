//! The store itself: each verb goes to the writer or to a reader.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use deferral_core::canary::{self, Canary};
use deferral_core::commit::{Commit, OperationWrite};
use deferral_core::{
    ApiKey, Claim, Claims, CommitError, Durability, Event, FoundJobs, FoundOperation, Heartbeat,
    ItemError, JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery, Overdue,
    Overview, Page, PruneLimits, Pruned, Store, StoreError, Tenant, Timestamp, Token, Topic,
    WorkerId,
};

use crate::encode::EncodedCommit;
use crate::error::Failure;
use crate::handover::Handover;
use crate::hints::Hints;
use crate::open;
use crate::options::Options;
use crate::queue::Queue;
use crate::read;
use crate::reader::Readers;
use crate::request::Request;
use crate::statements::Statements;
use crate::transaction::Transaction;
use crate::wake::Bells;
use crate::worker_locks::WorkerLocks;

/// Operations, jobs, effects and events in one SQLite file.
///
/// Dropping it finishes what was begun, closes the file and frees the locks of its workers.
pub struct SqliteStore {
    pub(crate) options: Options,
    pub(crate) queue: Arc<Queue>,
    pub(crate) readers: Readers,
    pub(crate) bells: Arc<Bells>,
    pub(crate) hints: Arc<Hints>,
    pub(crate) locks: Arc<WorkerLocks>,
    pub(crate) writing: Option<JoinHandle<()>>,
    pub(crate) listening: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the database in this file, or makes it. The directory must be there.
    ///
    /// # Errors
    /// When the file can't be opened or written, is no database of this program or of a newer
    /// one, is damaged, or is held by another process. Each says what to do.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        open::open(path.as_ref().to_owned(), options).await
    }

    /// Gives up a worker of this store as if its process had died: frees its lock, and has that
    /// noticed. For tests of what follows.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn abandon(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.locks.drop_lock(worker);
        self.keep_up(|transaction| transaction.forget_dead()).await
    }

    /// Has the writer do it, and waits until it is written. It is on the disk with the next
    /// commit at the latest: what a power cut can take of it died with the processes it is about.
    async fn keep_up<T, F>(&self, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (request, answer) = Request::new(0, run);
        self.queue.leave_upkeep(request)?;
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// Commits a new operation without its jobs, which are left.
    async fn accept_apart(&self, commit: &mut Commit) -> Result<(), CommitError> {
        let is_new = matches!(commit.operation, Some(OperationWrite::Insert { .. }));
        if is_new && !commit.new_jobs.is_empty() {
            let jobs = std::mem::take(&mut commit.new_jobs);
            self.commit(commit.clone()).await?;
            (commit.once, commit.operation, commit.new_jobs) = (Vec::new(), None, jobs);
        }
        Ok(())
    }

    async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Statements<'_>, Timestamp) -> Result<T, Failure> + Send + 'static,
    {
        let now = self.now();
        self.readers.read(move |sql| read(sql, now)).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, mut commit: Commit) -> Result<Timestamp, CommitError> {
        if canary::is(Canary::TwoStepAccept) {
            self.accept_apart(&mut commit).await?;
        }
        let commit = EncodedCommit::new(commit)?;
        let (request, answer) = Request::commit(commit);
        self.queue.leave_commit(request).await?;
        Ok(answer.await.unwrap_or_else(|_| Err(unanswered()))??)
    }

    async fn register(&self, worker: NewWorker) -> Result<Timestamp, StoreError> {
        self.keep_up(move |transaction| transaction.register(&worker)).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError> {
        let queue = Arc::clone(&self.queue);
        let run = move |transaction: &mut Transaction<'_>| transaction.claim(&claim);
        let deliver = move |claims| Handover::new(claims, &queue);
        let (request, answer) = Request::delivered(run, deliver);
        self.queue.leave_upkeep(request)?;
        answer.await.unwrap_or_else(|_| Err(unanswered())).map(Handover::take)
    }

    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError> {
        let held = held.to_vec();
        self.keep_up(move |transaction| transaction.heartbeat(worker, &held)).await
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.keep_up(move |transaction| transaction.leave(worker)).await
    }

    async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError> {
        let tenant = tenant.clone();
        self.read(move |sql, now| read::operations::operation(sql, &tenant, id, now)).await
    }

    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        let query = query.clone();
        self.read(move |sql, now| read::operations::operations(sql, &query, now)).await
    }

    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError> {
        let seen = seen.to_vec();
        self.read(move |sql, now| read::operations::changed(sql, &seen, now)).await
    }

    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |sql, now| read::operations::events(sql, (&tenant, id), after, now)).await
    }

    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError> {
        let tenant = tenant.clone();
        let read = move |sql: &mut Statements<'_>, now| {
            read::operations::item_errors(sql, (&tenant, id), (offset, limit), now)
        };
        self.read(read).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError> {
        let query = query.clone();
        self.read(move |sql, now| read::jobs::jobs(sql, &query, now)).await
    }

    async fn overview(&self) -> Result<Overview, StoreError> {
        self.read(read::overview::overview).await
    }

    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError> {
        let id = id.map(str::to_owned);
        self.read(move |sql, _| read::operations::api_keys(sql, id.as_deref())).await
    }

    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError> {
        self.keep_up(move |transaction| transaction.promote(limit)).await
    }

    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError> {
        self.keep_up(move |transaction| transaction.overdue(limit)).await
    }

    async fn prune(&self, limits: PruneLimits) -> Result<Pruned, StoreError> {
        self.keep_up(move |transaction| transaction.prune(limits)).await
    }

    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError> {
        self.keep_up(move |transaction| transaction.lead(worker)).await
    }

    async fn wake(&self, topic: Topic, seen: u64) -> u64 {
        self.bells.wait(topic, seen).await
    }

    fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    fn durability(&self) -> Durability {
        self.options.synchronous.durability()
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // In this order, so that the writer is the last to close the file.
        self.readers.stop();
        self.hints.stop();
        self.queue.finish();
        for thread in [self.listening.take(), self.writing.take()].into_iter().flatten() {
            // Each contains its panics; what it held is freed either way.
            let _ended = thread.join();
        }
    }
}

fn unanswered() -> StoreError {
    StoreError::OutcomeUnknown("the writer stopped before it answered".into())
}
