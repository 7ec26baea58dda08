//! The waist of Deferral: what every store does.

use async_trait::async_trait;

use crate::commit::Commit;
use crate::{
    ApiKey, Claim, Claims, CommitError, Event, FoundJobs, FoundOperation, Heartbeat, ItemError,
    JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery, Overdue, Overview, Page,
    PruneLimits, Pruned, StoreError, Tenant, Timestamp, Token, WorkerId,
};

/// What survives what, of what a store has acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing is promised.
    Volatile,
    /// The death of any process.
    CrashSafe,
    /// The loss of power too.
    PowerSafe,
}

impl Durability {
    /// The word for it in headers, documents and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Volatile => "volatile",
            Self::CrashSafe => "crash-safe",
            Self::PowerSafe => "power-safe",
        }
    }
}

/// What somebody may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Jobs may have become available or been scheduled.
    Jobs,
    /// Operations may have changed.
    Operations,
}

/// Where operations, jobs, effects and events are kept.
///
/// Everything that changes state is one atomic [`Commit`]; claims and heartbeats are apart, since
/// they are made for many jobs at once. Stores compare and set; what to set is chosen in
/// [`crate::transition`]. The memory store of `deferral-testing` is the specification, its suite
/// the proof.
///
/// Every future may be dropped at any await: what was begun is then done whole or not at all.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // Commit

    /// Writes all of it, or nothing. When this returns, it is as durable as
    /// [`durability`](Self::durability) says; the time returned is the commit's, by the store's
    /// clock.
    async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError>;

    // Claim and heartbeat

    /// Makes a worker known; its leases live until the time returned.
    async fn register(&self, worker: NewWorker) -> Result<Timestamp, StoreError>;

    /// Gives available jobs to a worker, each with its next token. Only kinds and versions that
    /// the worker declared; suspects only when asked for; nothing to a worker whose lease is over.
    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError>;

    /// Renews all leases of a worker and tells what became of the jobs it holds. None when the
    /// worker's lease is over: it must stop everything and register anew.
    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError>;

    /// Forgets a worker that has released everything it held.
    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError>;

    // Read

    /// The operation of this tenant.
    async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError>;

    /// Operations, newest first.
    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError>;

    /// Of these operations, those with another version than seen: one read for all who wait.
    /// Operations that are gone are left out.
    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError>;

    /// The kept events of an operation of this tenant from the one after number `after`, oldest
    /// first. Empty when there is none.
    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError>;

    /// Item errors of an operation, in the order in which they were written, from the `offset`th.
    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError>;

    /// Jobs, newest first, and rows that can't be read. A job asked for by its id comes with the
    /// effects of its owner.
    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError>;

    /// Counts and workers.
    async fn overview(&self) -> Result<Overview, StoreError>;

    /// The API key with this public id, or all of them, oldest first.
    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError>;

    // Maintain and wake

    /// Makes scheduled jobs available whose time has come, `limit` at most, the most overdue
    /// first. Returns how many, and when the next one is due.
    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError>;

    /// What is late and waits for a decision, `limit` of each at most. A worker whose lease is
    /// over is fenced by this: it can't renew it any more.
    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError>;

    /// Removes what is past its time.
    async fn prune(&self, limits: PruneLimits) -> Result<Pruned, StoreError>;

    /// Whether `worker` leads (runs maintenance) for the length of its lease. One does at a time.
    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError>;

    /// Returns once something may have happened in `topic` after `seen`, a number that an earlier
    /// call returned (0 returns at once with the present one). A hint: it may come without cause,
    /// and a caller polls slowly beside it.
    async fn wake(&self, topic: Topic, seen: u64) -> u64;

    /// The time by the store's clock, as well as this process knows it.
    fn now(&self) -> Timestamp;

    /// What an acknowledged commit survives.
    fn durability(&self) -> Durability;
}
