//! The store itself: one lock around [`State`], and two bells.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use deferral_core::commit::Commit;
use deferral_core::{
    ApiKey, Claim, Claims, Clock, CommitError, Durability, Event, FoundJobs, FoundOperation,
    Heartbeat, ItemError, JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery,
    Overdue, Overview, Page, PruneLimits, Pruned, Refusal, Seen, Store, StoreError, Tenant,
    Timestamp, Token, Topic, WorkerId,
};

use super::bell::Bell;
use super::job;
use super::state::State;

/// The executable specification of [`Store`]. It forgets everything when it is dropped.
pub struct MemoryStore {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    jobs: Bell,
    operations: Bell,
}

impl MemoryStore {
    /// An empty store that lives by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), clock, jobs: Bell::new(), operations: Bell::new() }
    }

    /// What happens when the process of a worker dies and that is known at once, as a freed file
    /// lock tells it: the worker's leases are over, and nobody waits for what it was sending.
    pub fn kill_worker(&self, worker: WorkerId) {
        self.state().forget(worker);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write, at the present time.
    fn write_at<T>(&self, write: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut state = self.state();
        let now = state.at(Seen::of(&*self.clock));
        write(&mut state, now)
    }

    fn write(&self, commit: Commit) -> Result<Timestamp, Refusal> {
        self.write_at(|state, now| state.commit(commit, now).map(|()| now))
    }

    const fn bell(&self, topic: Topic) -> &Bell {
        match topic {
            Topic::Jobs => &self.jobs,
            Topic::Operations => &self.operations,
        }
    }
}

/// Whom a commit concerns: who waits for jobs, who waits for operations.
fn concerns(commit: &Commit) -> (bool, bool) {
    let set = commit.job.as_ref().and_then(|job| job.set.as_ref());
    let jobs = !commit.new_jobs.is_empty() || set.is_some_and(|set| job::waits(&set.state));
    (jobs, commit.operation.is_some())
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError> {
        let (jobs, operations) = concerns(&commit);
        let now = self.write(commit)?;
        if jobs {
            self.jobs.ring();
        }
        if operations {
            self.operations.ring();
        }
        Ok(now)
    }

    async fn register(&self, worker: NewWorker) -> Result<Timestamp, StoreError> {
        Ok(self.write_at(|state, now| state.register(worker, now)))
    }

    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError> {
        Ok(self.write_at(|state, now| state.claim(&claim, now)))
    }

    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError> {
        Ok(self.write_at(|state, now| state.heartbeat(worker, held, now)))
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.state().forget(worker);
        Ok(())
    }

    async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError> {
        Ok(self.state().operation(tenant, id, self.now()))
    }

    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        Ok(self.state().operations(query, self.now()))
    }

    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError> {
        Ok(self.state().changed(seen, self.now()))
    }

    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError> {
        Ok(self.state().events(tenant, id, after, self.now()))
    }

    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError> {
        Ok(self.state().item_errors(tenant, id, (offset, limit), self.now()))
    }

    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError> {
        Ok(self.state().jobs(query))
    }

    async fn overview(&self) -> Result<Overview, StoreError> {
        Ok(self.state().overview(self.now()))
    }

    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError> {
        Ok(self.state().api_keys(id))
    }

    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError> {
        let promoted = self.write_at(|state, now| state.promote(limit, now));
        if promoted.0 > 0 {
            self.jobs.ring();
        }
        Ok(promoted)
    }

    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError> {
        Ok(self.write_at(|state, now| state.overdue(limit, now)))
    }

    async fn prune(&self, limits: PruneLimits) -> Result<Pruned, StoreError> {
        Ok(self.write_at(|state, now| state.prune(limits, now)))
    }

    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError> {
        Ok(self.write_at(|state, now| state.lead(worker, now)))
    }

    async fn wake(&self, topic: Topic, seen: u64) -> u64 {
        self.bell(topic).wait(seen).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn durability(&self) -> Durability {
        Durability::Volatile
    }
}
