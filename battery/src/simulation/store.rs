//! The store as a process of a world sees it: over there, and not always.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deferral::core::commit::Commit;
use deferral::core::{
    ApiKey, Claim, Claims, CommitError, Durability, Event, FoundJobs, FoundOperation, Heartbeat,
    ItemError, JobId, JobQuery, NewWorker, Operation, OperationId, OperationQuery, Overdue,
    Overview, Page, PruneLimits, Pruned, Store, StoreError, Tenant, Timestamp, Token, Topic,
    WorkerId,
};

use super::process::Process;
use super::weather::Fate;
use super::world::World;

/// The way of a process to the store of its world.
pub(crate) struct Way {
    world: Arc<World>,
    process: Arc<Process>,
    /// Whether the process can die on the way.
    mortal: bool,
}

impl Way {
    pub(crate) const fn of(world: Arc<World>, process: Arc<Process>) -> Self {
        Self { world, process, mortal: true }
    }

    /// That of a caller, which is not a process of ours.
    pub(crate) const fn of_caller(world: Arc<World>, process: Arc<Process>) -> Self {
        Self { world, process, mortal: false }
    }

    fn fate(&self, drawn: Fate) -> Fate {
        match drawn {
            Fate::DiesBefore if !self.mortal => Fate::Refused,
            Fate::DiesAfter if !self.mortal => Fate::AnswerLost,
            fate => fate,
        }
    }

    async fn call<T, E, W, R>(&self, verb: Verb, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnOnce(Arc<World>) -> R + Send + 'static,
        R: Future<Output = Result<T, E>> + Send + 'static,
    {
        let world = &self.world;
        let passage = world.passage();
        let fate = self.fate(passage.fate);
        let arrives = {
            let world = Arc::clone(world);
            let name = self.process.name;
            async move {
                wait(passage.there).await;
                let done = work(Arc::clone(&world)).await;
                world.say(name, verb as u64 * 2 + u64::from(done.is_ok()), || {
                    format!("{verb:?} {}", if done.is_ok() { "done" } else { "refused" })
                });
                done
            }
        };
        match fate {
            Fate::Refused => {
                wait(passage.there).await;
                world.say(self.process.name, 0x400 + verb as u64, || format!("{verb:?} away"));
                return Err(StoreError::Unavailable("the world is so".into()).into());
            }
            Fate::DiesBefore => return self.dies(verb).await,
            Fate::Answered | Fate::AnswerLost | Fate::DiesAfter => {}
        }
        let done = if passage.on_its_own {
            match tokio::spawn(arrives).await {
                Ok(done) => done,
                Err(error) => return Err(StoreError::OutcomeUnknown(error.into()).into()),
            }
        } else {
            arrives.await
        };
        wait(passage.back).await;
        match fate {
            Fate::AnswerLost => {
                world.say(self.process.name, 0x500 + verb as u64, || {
                    format!("{verb:?}: its answer is lost")
                });
                Err(StoreError::OutcomeUnknown("the answer is lost".into()).into())
            }
            Fate::DiesAfter => self.dies(verb).await,
            Fate::Answered | Fate::Refused | Fate::DiesBefore => done,
        }
    }

    async fn dies<T>(&self, verb: Verb) -> T {
        self.world.say(self.process.name, 0x600 + verb as u64, || format!("dies in {verb:?}"));
        self.world.counts(|tally| tally.kills += 1);
        self.process.die();
        std::future::pending().await
    }
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// What a store is asked.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Commit,
    Register,
    Claim,
    Heartbeat,
    Leave,
    Read,
    Promote,
    Overdue,
    Prune,
    Lead,
}

#[async_trait]
impl Store for Way {
    async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError> {
        let name = self.process.name;
        self.call(Verb::Commit, move |world| async move {
            let result = world.memory.commit(commit.clone()).await;
            match &result {
                Ok(_) => world.observer.committed(&commit),
                Err(CommitError::Refused(refusal)) => world.observer.refused(&commit, refusal),
                Err(CommitError::Store(_)) => {}
            }
            world.say(name, 0, || told(&commit));
            result
        })
        .await
    }

    async fn register(&self, worker: NewWorker) -> Result<Timestamp, StoreError> {
        self.process.registers(worker.id);
        self.call(Verb::Register, |world| async move { world.memory.register(worker).await }).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claims, StoreError> {
        let name = self.process.name;
        self.call(Verb::Claim, move |world| async move {
            let claims = world.memory.claim(claim).await?;
            for claimed in &claims.claimed {
                world.say(name, claimed.lease.token.0, || {
                    format!("is given {} under {}", claimed.job.kind, claimed.lease.token)
                });
                world.observer.claimed(claimed);
            }
            Ok(claims)
        })
        .await
    }

    async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, StoreError> {
        let held = held.to_vec();
        self.call(Verb::Heartbeat, move |world| async move {
            world.memory.heartbeat(worker, &held).await
        })
        .await
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), StoreError> {
        self.call(Verb::Leave, move |world| async move { world.memory.leave(worker).await }).await
    }

    async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<FoundOperation, StoreError> {
        let tenant = tenant.clone();
        self.call(Verb::Read, move |world| async move { world.memory.operation(&tenant, id).await })
            .await
    }

    async fn operations(&self, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        self.world.memory.operations(query).await
    }

    async fn changed(&self, seen: &[(OperationId, u64)]) -> Result<Vec<Operation>, StoreError> {
        self.world.memory.changed(seen).await
    }

    async fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
    ) -> Result<Vec<Event>, StoreError> {
        let tenant = tenant.clone();
        self.call(
            Verb::Read,
            move |world| async move { world.memory.events(&tenant, id, after).await },
        )
        .await
    }

    async fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        offset: u64,
        limit: usize,
    ) -> Result<Page<ItemError>, StoreError> {
        self.world.memory.item_errors(tenant, id, offset, limit).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<FoundJobs, StoreError> {
        let query = query.clone();
        self.call(Verb::Read, move |world| async move { world.memory.jobs(&query).await }).await
    }

    async fn overview(&self) -> Result<Overview, StoreError> {
        self.world.memory.overview().await
    }

    async fn api_keys(&self, id: Option<&str>) -> Result<Vec<ApiKey>, StoreError> {
        self.world.memory.api_keys(id).await
    }

    async fn promote(&self, limit: usize) -> Result<(usize, Option<Timestamp>), StoreError> {
        self.call(Verb::Promote, move |world| async move { world.memory.promote(limit).await })
            .await
    }

    async fn overdue(&self, limit: usize) -> Result<Overdue, StoreError> {
        self.call(Verb::Overdue, move |world| async move { world.memory.overdue(limit).await })
            .await
    }

    async fn prune(&self, limits: PruneLimits) -> Result<Pruned, StoreError> {
        self.call(Verb::Prune, move |world| async move { world.memory.prune(limits).await }).await
    }

    async fn lead(&self, worker: WorkerId) -> Result<bool, StoreError> {
        self.call(Verb::Lead, move |world| async move { world.memory.lead(worker).await }).await
    }

    async fn wake(&self, topic: Topic, seen: u64) -> u64 {
        self.world.memory.wake(topic, seen).await
    }

    fn now(&self) -> Timestamp {
        self.world.memory.now()
    }

    fn durability(&self) -> Durability {
        self.world.memory.durability()
    }
}

/// What a commit does, in a few words.
fn told(commit: &Commit) -> String {
    let mut words = Vec::new();
    if let Some(job) = &commit.job {
        let set = job.set.as_ref().map(|set| format!("{:?}", set.state)).unwrap_or_default();
        words.push(format!("{:?} {set}", job.guard));
    }
    if let Some(deferral::core::commit::OperationWrite::Update { operation, .. }) =
        &commit.operation
    {
        words.push(format!("{} v{}", operation.status, operation.version));
    }
    for effect in &commit.effects {
        words.push(format!("{}: {:?}", effect.name, effect.state));
    }
    for job in &commit.new_jobs {
        words.push(format!("+{}", job.kind));
    }
    format!("  commit {}", words.join(", "))
}
