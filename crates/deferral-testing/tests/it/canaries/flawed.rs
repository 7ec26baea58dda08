//! Stores that each get one thing wrong.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deferral_core::commit::{ApiCommit, Commit, Guard, OperationWrite};
use deferral_core::{
    ApiKey, Claim, Claims, CommitError, Durability, Event, FoundJobs, FoundOperation, Heartbeat,
    ItemError, JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery, Overdue,
    Overview, Page, PruneLimits, Pruned, Store, StoreError, Tenant, Timestamp, Token, Topic,
    WorkerId,
};
use deferral_testing::factory::{LEASE, kind, tenant};
use deferral_testing::{Harness, MemoryHarness, TestClock};

/// What the store gets wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A commit is compared with whatever token the job has.
    IgnoresTokens,
    /// An operation is overwritten whatever version it has.
    IgnoresVersions,
    /// A job is taken from a worker that lives.
    RescuesFromTheLiving,
    /// A worker gets kinds and versions that it does not know.
    ForgetsKinds,
    /// Healthy jobs and suspects are claimed together.
    MixesInSuspects,
    /// Who came last goes first.
    ReversesClaims,
    /// Keys are not taken.
    ForgetsKeys,
    /// The jobs of a commit are written before the rest is checked.
    SplitsCommits,
    /// Of several events only the last one is kept.
    MergesEvents,
    /// Whoever begins to wait waits for the next news, not for what was missed.
    LosesWakes,
    /// A heartbeat revives a lease that is over.
    RevivesLeases,
    /// Finished jobs are removed at once.
    PrunesEarly,
    /// Operations are shown to other tenants.
    ShowsToOthers,
    /// Recorded effects are not told.
    ForgetsEffects,
    /// Nothing outlives the process.
    ForgetsOnReopening,
    /// Every worker that asks leads.
    LetsAllLead,
}

/// A memory store with a flaw.
pub(crate) struct Flawed {
    store: Arc<dyn Store>,
    flaw: Flaw,
}

impl Flawed {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    /// The token that the guarded job has now.
    async fn present_token(&self, id: JobId) -> Result<Option<Token>, StoreError> {
        let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
        let found = self.store.jobs(&query).await?;
        Ok(found.page.items.first().map(|job| job.token))
    }

    async fn present_version(&self, commit: &Commit) -> Result<Option<u64>, StoreError> {
        let Some(OperationWrite::Update { operation, .. }) = &commit.operation else {
            return Ok(None);
        };
        match self.store.operation(&commit.tenant, operation.id).await? {
            FoundOperation::Live(operation) => Ok(Some(operation.version)),
            FoundOperation::Gone | FoundOperation::Unknown => Ok(None),
        }
    }

    async fn spoiled(&self, mut commit: Commit) -> Result<Commit, CommitError> {
        match self.flaw {
            Flaw::IgnoresTokens => {
                let Some(job) = &mut commit.job else { return Ok(commit) };
                if let Some(token) = self.present_token(job.id).await? {
                    job.guard = with_token(job.guard, token);
                }
            }
            Flaw::IgnoresVersions => {
                let present = self.present_version(&commit).await?;
                if let Some(OperationWrite::Update { from, .. }) = &mut commit.operation {
                    *from = present.unwrap_or(*from);
                }
            }
            Flaw::RescuesFromTheLiving => {
                let Some(job) = &mut commit.job else { return Ok(commit) };
                if let Guard::Abandoned(token) = job.guard {
                    job.guard = Guard::Running(token);
                }
            }
            Flaw::MergesEvents => {
                if let Some(OperationWrite::Update { events, .. }) = &mut commit.operation {
                    events.drain(..events.len().saturating_sub(1));
                }
            }
            Flaw::ForgetsKeys => commit.once.clear(),
            Flaw::ForgetsEffects => commit.effects.clear(),
            Flaw::SplitsCommits => {
                for job in std::mem::take(&mut commit.new_jobs) {
                    let alone = ApiCommit::new(commit.tenant.clone()).enqueue(job);
                    self.store.commit(alone.into()).await?;
                }
            }
            _ => {}
        }
        Ok(commit)
    }
}

const fn with_token(guard: Guard, token: Token) -> Guard {
    match guard {
        Guard::Running(_) => Guard::Running(token),
        Guard::Abandoned(_) => Guard::Abandoned(token),
        Guard::Waiting(_) => Guard::Waiting(token),
        Guard::Parked(_) => Guard::Parked(token),
        Guard::Damaged => Guard::Damaged,
    }
}

#[async_trait]
impl Store for Flawed {
    async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError> {
        let commit = self.spoiled(commit).await?;
        self.store.commit(commit).await
    }

    async fn register(&self, mut worker: NewWorker) -> Result<Timestamp, StoreError> {
        if self.is(Flaw::ForgetsKinds) {
            worker.kinds = ["a", "a.b", "b", "c"].into_iter().map(|name| (kind(name), 1)).collect();
        }
        self.store.register(worker).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError> {
        let mut claims = self.store.claim(claim.clone()).await?;
        if self.is(Flaw::ReversesClaims) {
            claims.claimed.reverse();
        }
        if self.is(Flaw::MixesInSuspects) {
            let suspects = Claim { suspect: true, ..claim };
            claims.claimed.extend(self.store.claim(suspects).await?.claimed);
        }
        Ok(claims)
    }

    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError> {
        let heartbeat = self.store.heartbeat(worker, held).await?;
        if heartbeat.is_none() && self.is(Flaw::RevivesLeases) {
            let (expires_at, lost, cancel_requested) = (self.now().after(LEASE), vec![], vec![]);
            return Ok(Some(Heartbeat { expires_at, lost, cancel_requested }));
        }
        Ok(heartbeat)
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.store.leave(worker).await
    }

    async fn operation(
        &self,
        owner: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError> {
        let found = self.store.operation(owner, id).await?;
        if found == FoundOperation::Unknown && self.is(Flaw::ShowsToOthers) {
            return self.store.operation(&tenant("default"), id).await;
        }
        Ok(found)
    }

    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        self.store.operations(query).await
    }

    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError> {
        self.store.changed(seen).await
    }

    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError> {
        self.store.events(tenant, id, after).await
    }

    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError> {
        self.store.item_errors(tenant, id, offset, limit).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError> {
        self.store.jobs(query).await
    }

    async fn overview(&self) -> Result<Overview, StoreError> {
        self.store.overview().await
    }

    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError> {
        self.store.api_keys(id).await
    }

    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError> {
        self.store.promote(limit).await
    }

    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError> {
        self.store.overdue(limit).await
    }

    async fn prune(&self, mut limits: PruneLimits) -> Result<Pruned, StoreError> {
        if self.is(Flaw::PrunesEarly) {
            limits.jobs = Duration::ZERO;
        }
        self.store.prune(limits).await
    }

    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError> {
        let leads = self.store.lead(worker).await?;
        Ok(leads || self.is(Flaw::LetsAllLead))
    }

    async fn wake(&self, topic: Topic, seen: u64) -> u64 {
        if seen == 0 || !self.is(Flaw::LosesWakes) {
            return self.store.wake(topic, seen).await;
        }
        let present = self.store.wake(topic, 0).await;
        self.store.wake(topic, present).await
    }

    fn now(&self) -> Timestamp {
        self.store.now()
    }

    fn durability(&self) -> Durability {
        self.store.durability()
    }
}

/// The flawed store as the suite sees it.
pub(crate) struct FlawedHarness {
    memory: MemoryHarness,
    flaw: Flaw,
}

impl FlawedHarness {
    pub(crate) fn open(flaw: Flaw) -> Self {
        Self { memory: MemoryHarness::open(), flaw }
    }
}

#[async_trait]
impl Harness for FlawedHarness {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(Flawed { store: self.memory.store(), flaw: self.flaw })
    }

    fn second(&self) -> Arc<dyn Store> {
        self.store()
    }

    fn clock(&self) -> &TestClock {
        self.memory.clock()
    }

    async fn kill_worker(&self, worker: WorkerId) {
        self.memory.kill_worker(worker).await;
    }

    async fn reopen(&mut self) {
        if self.flaw == Flaw::ForgetsOnReopening {
            self.memory = MemoryHarness::open();
        }
    }
}
