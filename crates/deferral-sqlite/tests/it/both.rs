//! Two processes as one store: each verb goes to the next of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use deferral_core::commit::Commit;
use deferral_core::{
    ApiKey, Claim, Claims, CommitError, Durability, Event, FoundJobs, FoundOperation, Heartbeat,
    ItemError, JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery, Overdue,
    Overview, Page, PruneLimits, Pruned, Store, StoreError, Tenant, Timestamp, Token, Topic,
    WorkerId,
};
use deferral_testing::{Harness, TestClock};

use crate::harness::SqliteHarness;

/// What one of them writes, the other must know at once.
pub(crate) struct Both {
    stores: [Arc<dyn Store>; 2],
    next: AtomicUsize,
}

impl Both {
    fn next(&self) -> &dyn Store {
        &*self.stores[self.next.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

/// A harness whose store is two.
pub(crate) struct BothHarness {
    inner: SqliteHarness,
}

pub(crate) async fn open() -> BothHarness {
    BothHarness { inner: crate::harness::open().await }
}

#[async_trait]
impl Harness for BothHarness {
    fn store(&self) -> Arc<dyn Store> {
        let stores = [self.inner.store(), self.inner.second()];
        Arc::new(Both { stores, next: AtomicUsize::new(0) })
    }

    fn second(&self) -> Arc<dyn Store> {
        self.inner.second()
    }

    fn clock(&self) -> &TestClock {
        self.inner.clock()
    }

    async fn kill_worker(&self, worker: WorkerId) {
        self.inner.kill_worker(worker).await;
    }

    async fn reopen(&mut self) {
        self.inner.reopen().await;
    }
}

#[async_trait]
impl Store for Both {
    async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError> {
        self.next().commit(commit).await
    }

    async fn register(&self, worker: NewWorker) -> Result<Timestamp, StoreError> {
        self.next().register(worker).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError> {
        self.next().claim(claim).await
    }

    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError> {
        self.next().heartbeat(worker, held).await
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.next().leave(worker).await
    }

    async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError> {
        self.next().operation(tenant, id).await
    }

    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        self.next().operations(query).await
    }

    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError> {
        self.next().changed(seen).await
    }

    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError> {
        self.next().events(tenant, id, after).await
    }

    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError> {
        self.next().item_errors(tenant, id, offset, limit).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError> {
        self.next().jobs(query).await
    }

    async fn overview(&self) -> Result<Overview, StoreError> {
        self.next().overview().await
    }

    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError> {
        self.next().api_keys(id).await
    }

    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError> {
        self.next().promote(limit).await
    }

    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError> {
        self.next().overdue(limit).await
    }

    async fn prune(&self, limits: PruneLimits) -> Result<Pruned, StoreError> {
        self.next().prune(limits).await
    }

    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError> {
        self.next().lead(worker).await
    }

    async fn wake(&self, topic: Topic, seen: u64) -> u64 {
        // Counts are each process's own.
        self.stores[0].wake(topic, seen).await
    }

    fn now(&self) -> Timestamp {
        self.stores[0].now()
    }

    fn durability(&self) -> Durability {
        self.stores[0].durability()
    }
}
