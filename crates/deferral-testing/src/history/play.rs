//! Plays steps on a store and on the model.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::{ApiCommit, Commit, OperatorCommit};
use deferral_core::transition::{CrashBudget, after_crash, expire};
use deferral_core::{
    ApiKey, Claim, Claims, Clock, NewWorker, Overdue, PruneLimits, Refusal, Store, Timestamp,
};

use super::pair::{Disagreement, Pair, compared, same};
use super::step::{Arrival, Pick, Step, Work};
use super::world::{World, kinds, meet, pick, queues, retire, seconds, tenants};
use crate::factory::{once, queue};
use crate::{Everything, Harness, MemoryStore};

/// After so many steps everything is compared.
const OFTEN: usize = 500;

/// What came of a history, so that nobody takes an empty one for a proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps played.
    pub steps: usize,
    /// Commits written.
    pub written: usize,
    /// Commits refused because a key was taken.
    pub taken: usize,
    /// Commits refused because the operation had changed, existed or was gone.
    pub changed: usize,
    /// Commits refused because the lease was lost.
    pub stale: usize,
    /// Jobs claimed.
    pub claimed: usize,
    /// Jobs taken from workers that were gone.
    pub rescued: usize,
    /// Rows removed in the end.
    pub pruned: usize,
}

/// Plays the steps on the harness's store and on a memory store with the same clock. Fails at the
/// first answer that differs.
pub async fn agree(
    harness: &dyn Harness,
    steps: impl IntoIterator<Item = Step>,
) -> Result<Tally, Disagreement> {
    let mut play = Play::new(harness);
    for step in steps {
        play.step(&step).await.map_err(|found| Disagreement {
            step: play.tally.steps,
            asked: format!("{step:?}: {}", found.asked),
            ..found
        })?;
        play.tally.steps += 1;
        if play.tally.steps.is_multiple_of(OFTEN) {
            play.everything().await?;
        }
    }
    play.everything().await?;
    Ok(play.tally)
}

/// A history in progress.
pub(super) struct Play<'h> {
    pub(super) harness: &'h dyn Harness,
    pub(super) pair: Pair,
    pub(super) world: World,
    pub(super) tally: Tally,
}

impl<'h> Play<'h> {
    fn new(harness: &'h dyn Harness) -> Self {
        let model = Arc::new(MemoryStore::new(Arc::new(harness.clock().clone())));
        let pair = Pair { store: harness.store(), model };
        Self { harness, pair, world: World::default(), tally: Tally::default() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.pair.model.now()
    }

    async fn step(&mut self, step: &Step) -> Result<(), Disagreement> {
        match step {
            Step::Accept(arrival) => self.accept(arrival).await,
            Step::Enqueue { work, operation, id } => self.enqueue(work, *operation, *id).await,
            Step::Register { kinds, lease } => self.register(*kinds, *lease).await,
            Step::Heartbeat(worker) => self.heartbeat(*worker).await,
            Step::Leave(worker) => self.leave(*worker).await,
            Step::Kill(worker) => self.kill(*worker).await,
            Step::Claim { worker, limit, suspect, queues } => {
                self.claim(*worker, *limit, *suspect, *queues).await
            }
            Step::Start(attempt, forgery) => self.start(*attempt, *forgery).await,
            Step::Report(attempt, forgery, report) => self.report(*attempt, *forgery, report).await,
            Step::End(attempt, forgery, ending) => self.end(*attempt, *forgery, ending).await,
            Step::Act { operation, stale, action } => self.act(*operation, *stale, *action).await,
            Step::Resolve(job, statement) => self.resolve(*job, *statement).await,
            Step::ApiKey { id, revoked } => self.api_key(*id, *revoked).await,
            Step::Pass(millis) => {
                self.harness.clock().advance(Duration::from_millis((*millis).into()));
                Ok(())
            }
            Step::StepBack(millis) => {
                let now = self.harness.clock().now().as_micros() - i64::from(*millis) * 1000;
                self.harness.clock().set(Timestamp::from_micros(now));
                Ok(())
            }
            Step::Promote(limit) => self.promote(*limit).await,
            Step::Rescue(limit) => self.rescue(*limit).await,
            Step::Prune(batch) => self.prune(*batch).await,
            Step::Lead(worker) => self.lead(*worker).await,
            Step::Look(operation) => self.look(*operation).await,
            Step::List { filters, before, limit } => self.list(*filters, *before, *limit).await,
        }
    }

    /// Commits to both, and counts what came of it.
    pub(super) async fn commit(&mut self, commit: impl Into<Commit>) -> Result<bool, Disagreement> {
        let written = self.pair.commit(commit).await?;
        match &written {
            Ok(_) => self.tally.written += 1,
            Err(Refusal::Taken { .. }) => self.tally.taken += 1,
            Err(Refusal::LeaseLost) => self.tally.stale += 1,
            Err(_) => self.tally.changed += 1,
        }
        Ok(written.is_ok())
    }

    async fn accept(&mut self, arrival: &Arrival) -> Result<(), Disagreement> {
        let now = self.now();
        let job = self.world.job(&arrival.work);
        let mut operation = self.world.make.operation(now);
        if let Some((_, id)) = arrival.id.and_then(|id| pick(&self.world.operations, id)) {
            operation.id = *id;
        }
        operation.kind = job.kind.clone();
        operation.retention = seconds(arrival.retention);
        operation.cancelable = arrival.cancelable;
        operation.correlation = arrival.key.map(|key| format!("reference {key}"));
        let mut commit = ApiCommit::new(job.tenant.clone());
        if let Some(key) = arrival.key {
            let mut key = once(&format!("{key}"));
            key.keep = seconds(arrival.keep);
            let instead = arrival.instead_of.and_then(|id| pick(&self.world.operations, id));
            key.instead_of = instead.map(|(_, id)| *id);
            commit = commit.once(key);
        }
        let met = (job.tenant.clone(), operation.id);
        if self.commit(commit.accept(operation, job, now)).await? {
            meet(&mut self.world.operations, met);
        }
        Ok(())
    }

    async fn enqueue(
        &mut self,
        work: &Work,
        operation: Option<Pick>,
        id: Option<Pick>,
    ) -> Result<(), Disagreement> {
        let taken = id.and_then(|id| pick(&self.world.jobs, id)).copied();
        let mut job = self.world.job(work);
        job.id = taken.unwrap_or(job.id);
        if let Some((tenant, id)) = operation.and_then(|id| pick(&self.world.operations, id)) {
            job.tenant = tenant.clone();
            job.operation = Some(*id);
        }
        self.commit(ApiCommit::new(job.tenant.clone()).enqueue(job)).await?;
        Ok(())
    }

    async fn register(&mut self, declared: u8, lease: u8) -> Result<(), Disagreement> {
        let declares = |(bit, kind)| (declared & (1_u8 << bit) != 0).then_some(kind);
        let worker = NewWorker {
            queues: vec![queue("one"), queue("two")],
            kinds: kinds().into_iter().enumerate().filter_map(declares).collect(),
            lease: seconds(lease),
            ..self.world.make.worker()
        };
        meet(&mut self.world.workers, worker.id);
        let pair = &self.pair;
        same!(pair.register(worker.clone()))?;
        Ok(())
    }

    async fn heartbeat(&mut self, worker: Pick) -> Result<(), Disagreement> {
        let Some(worker) = pick(&self.world.workers, worker).copied() else { return Ok(()) };
        let held = self.world.attempts.iter().filter(|attempt| attempt.lease.worker == worker);
        let held: Vec<_> = held.map(|attempt| (attempt.job.id, attempt.lease.token)).collect();
        let pair = &self.pair;
        if same!(pair.heartbeat(worker, &held))?.is_none() {
            retire(&mut self.world.workers, |known| *known == worker);
        }
        Ok(())
    }

    async fn leave(&mut self, worker: Pick) -> Result<(), Disagreement> {
        let Some(worker) = pick(&self.world.workers, worker).copied() else { return Ok(()) };
        let pair = &self.pair;
        same!(pair.leave(worker))?;
        retire(&mut self.world.workers, |known| *known == worker);
        Ok(())
    }

    async fn kill(&mut self, worker: Pick) -> Result<(), Disagreement> {
        let Some(worker) = pick(&self.world.workers, worker).copied() else { return Ok(()) };
        if self.harness.sees_processes() {
            self.harness.kill_worker(worker).await;
            self.pair.model.kill_worker(worker);
            retire(&mut self.world.workers, |known| *known == worker);
        }
        Ok(())
    }

    async fn claim(
        &mut self,
        worker: Pick,
        limit: u8,
        suspect: bool,
        queue: u8,
    ) -> Result<(), Disagreement> {
        let Some(worker) = pick(&self.world.workers, worker).copied() else { return Ok(()) };
        let claim = Claim { worker, queues: queues(queue), limit: limit.into(), suspect };
        let seen = self.harness.sees_processes();
        let store = self.pair.store.claim(claim.clone()).await;
        let model = self.pair.model.claim(claim.clone()).await;
        let comparable = |claims: Claims| {
            let mut claimed = claims.claimed;
            for one in &mut claimed {
                one.live_senders.sort_unstable();
                if !seen {
                    one.live_senders.clear();
                }
            }
            (claimed, claims.set_aside, claims.suspects_wait)
        };
        let (claimed, ..) = compared(&claim, store.map(comparable), model.map(comparable))?;
        self.tally.claimed += claimed.len();
        for attempt in claimed {
            meet(&mut self.world.attempts, attempt);
        }
        Ok(())
    }

    async fn api_key(&mut self, id: u8, revoked: bool) -> Result<(), Disagreement> {
        let now = self.now();
        let key = ApiKey {
            id: format!("key-{}", id % 16),
            hash: [id; 32],
            tenant: tenants(id),
            settings: [("mode".to_owned(), format!("{id}"))].into(),
            created_at: now,
            revoked_at: revoked.then_some(now),
        };
        self.commit(OperatorCommit::api_key(key)).await?;
        Ok(())
    }

    async fn promote(&self, limit: u8) -> Result<(), Disagreement> {
        let pair = &self.pair;
        same!(pair.promote(limit.into()))?;
        Ok(())
    }

    /// Deals with all that is late, as maintenance does.
    async fn rescue(&mut self, limit: u8) -> Result<(), Disagreement> {
        let pair = &self.pair;
        let Overdue { leases, gates } = same!(pair.overdue(limit.into()))?;
        let now = self.now();
        for lease in leases {
            let commit = after_crash(&lease, CrashBudget::default(), now);
            self.tally.rescued += usize::from(self.commit(commit).await?);
        }
        for commit in gates.iter().filter_map(|gate| expire(gate, now)) {
            self.commit(commit).await?;
        }
        Ok(())
    }

    async fn prune(&mut self, batch: u8) -> Result<(), Disagreement> {
        let limits =
            PruneLimits { jobs: seconds(30), tombstones: seconds(60), batch: batch.into() };
        let pair = &self.pair;
        let pruned = same!(pair.prune(limits))?;
        self.tally.pruned += pruned.jobs + pruned.operations + pruned.tombstones + pruned.once;
        Ok(())
    }

    async fn lead(&self, worker: Pick) -> Result<(), Disagreement> {
        let Some(worker) = pick(&self.world.workers, worker).copied() else { return Ok(()) };
        let pair = &self.pair;
        same!(pair.lead(worker))?;
        Ok(())
    }

    async fn everything(&self) -> Result<(), Disagreement> {
        let store = Everything::of(&*self.pair.store).await;
        let model = Everything::of(&*self.pair.model).await;
        compared(&"everything", store, model)?;
        self.workers().await
    }
}
