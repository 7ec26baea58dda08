//! A store in trouble, at the moment that a test chooses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use deferral_core::commit::{Commit, Guard, JobWrite};
use deferral_core::transition::NextState;
use deferral_core::{
    ApiKey, Claim, Claims, CommitError, Durability, Event, FoundJobs, FoundOperation, Heartbeat,
    ItemError, JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery, Overdue,
    Overview, Page, PruneLimits, Pruned, Store, StoreError, Tenant, Timestamp, Token, Topic,
    WorkerId,
};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The store is away: nothing is done.
    Unavailable,
    /// There is no room left: nothing is done.
    Full,
    /// It may not be written to: nothing is done.
    ReadOnly,
    /// It is done, and nobody is told: the outcome of a commit is unknown.
    LostAnswer,
    /// It is done after this time, by the runtime's clock.
    Delay(Duration),
    /// The process dies before the call reaches the store.
    CrashBefore,
    /// The process dies when the call is done, before it is told.
    CrashAfter,
}

/// A call, as it is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Which one it is, from 1.
    pub number: u64,
    /// The method's name.
    pub verb: &'static str,
    /// Whether it is a commit that ends an attempt.
    pub ends_attempt: bool,
}

type Plan = dyn Fn(Call) -> Option<Fault> + Send + Sync;

/// A store whose calls go wrong by plan. After a crash every further call fails: to the store,
/// the process is dead.
pub struct FaultyStore {
    store: Arc<dyn Store>,
    plan: Box<Plan>,
    calls: AtomicU64,
    crashed: AtomicBool,
}

impl FaultyStore {
    /// The plan is asked before every call. Waiting for a wake is no call.
    pub fn new(
        store: Arc<dyn Store>,
        plan: impl Fn(Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let (calls, crashed) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { store, plan: Box::new(plan), calls, crashed }
    }

    /// One call goes wrong, counted from 1. At 0 none does, and calls are only counted.
    pub fn at(store: Arc<dyn Store>, number: u64, fault: Fault) -> Self {
        Self::new(store, move |call| (call.number == number).then_some(fault))
    }

    /// Each call goes wrong with this probability, the same ones for the same seed.
    pub fn seeded(store: Arc<dyn Store>, seed: u64, probability: f64, fault: Fault) -> Self {
        Self::new(store, move |call| (dice(seed, call.number) < probability).then_some(fault))
    }

    /// How many calls were made, those that went wrong included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Whether the process died, as far as the store is concerned.
    pub fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    fn fault(&self, verb: &'static str, ends_attempt: bool) -> Option<Fault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if self.has_crashed() {
            return Some(Fault::CrashBefore);
        }
        (self.plan)(Call { number, verb, ends_attempt })
    }

    async fn call<T, E: From<StoreError>>(
        &self,
        verb: &'static str,
        made: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.suffer(self.fault(verb, false), verb, made).await
    }

    async fn suffer<T, E: From<StoreError>>(
        &self,
        fault: Option<Fault>,
        verb: &'static str,
        made: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match fault {
            None => return made.await,
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                return made.await;
            }
            Some(Fault::Unavailable) => return Err(unavailable().into()),
            Some(Fault::Full) => return Err(StoreError::Full(WHY.into()).into()),
            Some(Fault::ReadOnly) => return Err(StoreError::ReadOnly(WHY.into()).into()),
            Some(Fault::CrashBefore) => {
                self.crashed.store(true, Ordering::SeqCst);
                return Err(unavailable().into());
            }
            Some(Fault::LostAnswer) => drop(made.await),
            Some(Fault::CrashAfter) => {
                drop(made.await);
                self.crashed.store(true, Ordering::SeqCst);
            }
        }
        Err(lost(verb).into())
    }
}

fn ends_attempt(commit: &Commit) -> bool {
    let Some(JobWrite { guard: Guard::Running(_), set: Some(set), .. }) = &commit.job else {
        return false;
    };
    !matches!(set.state, NextState::Same | NextState::Alone)
}

const WHY: &str = "a test made it so";

fn unavailable() -> StoreError {
    StoreError::Unavailable(WHY.into())
}

/// Only of a commit the caller must know that it may have happened.
fn lost(verb: &'static str) -> StoreError {
    let reason = "a test lost the answer".into();
    if verb == "commit" {
        StoreError::OutcomeUnknown(reason)
    } else {
        StoreError::Unavailable(reason)
    }
}

/// From 0 to 1: well mixed bits (the finalizer of `SplitMix64`) of seed and number.
fn dice(seed: u64, number: u64) -> f64 {
    let mut bits = seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let high = u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap_or(u32::MAX);
    f64::from(high) / f64::from(u32::MAX)
}

#[async_trait]
impl Store for FaultyStore {
    async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError> {
        let fault = self.fault("commit", ends_attempt(&commit));
        self.suffer(fault, "commit", self.store.commit(commit)).await
    }

    async fn register(&self, worker: NewWorker) -> Result<Timestamp, StoreError> {
        self.call("register", self.store.register(worker)).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError> {
        self.call("claim", self.store.claim(claim)).await
    }

    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError> {
        self.call("heartbeat", self.store.heartbeat(worker, held)).await
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.call("leave", self.store.leave(worker)).await
    }

    async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError> {
        self.call("operation", self.store.operation(tenant, id)).await
    }

    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        self.call("operations", self.store.operations(query)).await
    }

    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError> {
        self.call("changed", self.store.changed(seen)).await
    }

    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError> {
        self.call("events", self.store.events(tenant, id, after)).await
    }

    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError> {
        self.call("item_errors", self.store.item_errors(tenant, id, offset, limit)).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError> {
        self.call("jobs", self.store.jobs(query)).await
    }

    async fn overview(&self) -> Result<Overview, StoreError> {
        self.call("overview", self.store.overview()).await
    }

    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError> {
        self.call("api_keys", self.store.api_keys(id)).await
    }

    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError> {
        self.call("promote", self.store.promote(limit)).await
    }

    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError> {
        self.call("overdue", self.store.overdue(limit)).await
    }

    async fn prune(&self, limits: PruneLimits) -> Result<Pruned, StoreError> {
        self.call("prune", self.store.prune(limits)).await
    }

    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError> {
        self.call("lead", self.store.lead(worker)).await
    }

    /// A dead process is never woken.
    async fn wake(&self, topic: Topic, seen: u64) -> u64 {
        if self.has_crashed() {
            std::future::pending::<()>().await;
        }
        self.store.wake(topic, seen).await
    }

    fn now(&self) -> Timestamp {
        self.store.now()
    }

    fn durability(&self) -> Durability {
        self.store.durability()
    }
}
