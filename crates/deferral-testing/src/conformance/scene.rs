//! The steps that scenarios are made of. Each fails the scenario if the store does not do it.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::{ApiCommit, AttemptCommit, Commit};
use deferral_core::transition::{CrashBudget, OperationChange, after_crash, after_release};
use deferral_core::{
    Change, Claim, Claimed, Claims, CommitError, FoundOperation, JobId, JobQuery, NewJob,
    NewWorker, Operation, OperationId, Outcome, QueueName, Refusal, Store, StoredJob, Tenant,
    Timestamp, WorkerId,
};
use serde_json::Value;

use super::Harness;
use crate::attempt::{self, HandlerResult};
use crate::factory::LEASE;
use crate::{Everything, Factory};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// A store on its stage.
pub(super) struct Scene<'h> {
    pub(super) harness: &'h mut dyn Harness,
    pub(super) store: Arc<dyn Store>,
    pub(super) make: Factory,
}

impl<'h> Scene<'h> {
    pub(super) fn of(harness: &'h mut dyn Harness) -> Self {
        let store = harness.store();
        Self { harness, store, make: Factory::new() }
    }

    /// The scene after the death of every process.
    pub(super) async fn reopen(self) -> Self {
        let Self { harness, store, make } = self;
        // Our handle must not keep the store open.
        drop(store);
        harness.reopen().await;
        let store = harness.store();
        Self { harness, store, make }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    pub(super) fn advance(&self, by: Duration) {
        self.harness.clock().advance(by);
    }

    /// A commit that must be written.
    pub(super) async fn commit(&self, commit: impl Into<Commit>) -> Timestamp {
        self.store.commit(commit.into()).await.expect("the commit is written")
    }

    /// A commit that must be refused.
    pub(super) async fn refused(&self, commit: impl Into<Commit>) -> Refusal {
        match self.store.commit(commit.into()).await {
            Err(CommitError::Refused(refusal)) => refusal,
            other => panic!("must be refused, was {other:?}"),
        }
    }

    pub(super) async fn enqueue(&self, job: NewJob) -> JobId {
        let id = job.id;
        self.commit(ApiCommit::new(job.tenant.clone()).enqueue(job)).await;
        id
    }

    /// An operation, accepted with a job of its own.
    pub(super) async fn accept(&self) -> Operation {
        self.accept_with(self.make.job()).await
    }

    pub(super) async fn accept_with(&self, job: NewJob) -> Operation {
        self.accept_operation(self.make.operation(self.now()), job).await
    }

    pub(super) async fn accept_operation(&self, operation: Operation, job: NewJob) -> Operation {
        let (tenant, id) = (operation.tenant.clone(), operation.id);
        self.commit(ApiCommit::new(tenant.clone()).accept(operation, job, self.now())).await;
        self.operation_of(&tenant, id).await
    }

    pub(super) async fn register(&self, worker: NewWorker) -> WorkerId {
        let id = worker.id;
        let expires_at = self.store.register(worker).await.expect("the worker registers");
        assert!(expires_at > self.now(), "a new lease is over at once");
        id
    }

    pub(super) async fn worker(&self) -> WorkerId {
        self.register(self.make.worker()).await
    }

    pub(super) async fn claims(&self, claim: Claim) -> Claims {
        self.store.claim(claim).await.expect("the claim is answered")
    }

    pub(super) async fn claim(&self, worker: WorkerId, limit: usize) -> Vec<Claimed> {
        self.claims(healthy(worker, limit)).await.claimed
    }

    /// The one job that there is to claim.
    pub(super) async fn claim_one(&self, worker: WorkerId) -> Claimed {
        only(self.claim(worker, 10).await)
    }

    /// A claim of the one job, with its operation started.
    pub(super) async fn start(&self, worker: WorkerId) -> Claimed {
        let mut claimed = self.claim_one(worker).await;
        let operation = claimed.operation.take().expect("the job has an operation");
        let commit = attempt::started(&claimed, &operation, self.now()).expect("it may start");
        self.commit(commit).await;
        claimed.operation = Some(self.operation(&operation).await);
        claimed
    }

    /// The commit with which the attempt ends so, on the operation as it stands now.
    pub(super) async fn ending(&self, claimed: &Claimed, result: HandlerResult) -> AttemptCommit {
        let operation = match &claimed.operation {
            Some(operation) => Some(self.operation(operation).await),
            None => None,
        };
        let commit = attempt::ended(
            attempt::attempt(claimed),
            claimed,
            &result,
            operation.as_ref(),
            self.now(),
        );
        commit.expect("the operation may end so")
    }

    pub(super) async fn end(&self, claimed: &Claimed, result: HandlerResult) {
        let commit = self.ending(claimed, result).await;
        self.commit(commit).await;
    }

    pub(super) async fn complete(&self, claimed: &Claimed) {
        self.end(claimed, Ok(Outcome::Complete(Value::Null))).await;
    }

    /// Lets the attempt end without a result: its job is available at once.
    pub(super) async fn release(&self, claimed: &Claimed) {
        let verdict = after_release(&claimed.job);
        let commit = verdict.write(attempt::attempt(claimed), None, self.now());
        self.commit(commit.expect("a release changes no operation")).await;
    }

    /// The operation as it stands, which must be there.
    pub(super) async fn operation(&self, of: &Operation) -> Operation {
        self.operation_of(&of.tenant, of.id).await
    }

    async fn operation_of(&self, tenant: &Tenant, id: OperationId) -> Operation {
        match self.store.operation(tenant, id).await.expect("the operation is read") {
            FoundOperation::Live(operation) => *operation,
            other => panic!("the operation must be there, is {other:?}"),
        }
    }

    pub(super) async fn found(&self, of: &Operation) -> FoundOperation {
        self.store.operation(&of.tenant, of.id).await.expect("the operation is looked for")
    }

    /// The job as it stands, which must be there.
    pub(super) async fn job(&self, id: JobId) -> StoredJob {
        let query = JobQuery { id: Some(id), limit: 2, ..JobQuery::default() };
        let found = self.store.jobs(&query).await.expect("the job is read");
        assert_eq!(found.set_aside, []);
        only(found.page.items)
    }

    /// Lets every lease run out, and takes from each worker what it held.
    pub(super) async fn crash(&self) -> Vec<JobId> {
        self.advance(LEASE + SECOND);
        self.rescue().await
    }

    /// Takes from workers that are gone what they held.
    pub(super) async fn rescue(&self) -> Vec<JobId> {
        let overdue = self.store.overdue(100).await.expect("what is late is told");
        let mut rescued = Vec::new();
        for lease in overdue.leases {
            self.commit(after_crash(&lease, CrashBudget::default(), self.now())).await;
            rescued.push(lease.job.id);
        }
        rescued
    }

    pub(super) async fn everything(&self) -> Everything {
        Everything::of(&*self.store).await.expect("everything is read")
    }
}

/// Asks for healthy jobs from the default queue.
pub(super) fn healthy(worker: WorkerId, limit: usize) -> Claim {
    Claim { worker, queues: vec![QueueName::default()], limit, suspect: false }
}

/// Asks for a suspect from the default queue.
pub(super) fn suspect(worker: WorkerId) -> Claim {
    Claim { suspect: true, ..healthy(worker, 10) }
}

/// What happens to an operation as it stands.
pub(super) fn changed(operation: &Operation, change: Change, now: Timestamp) -> OperationChange {
    let mut changed = OperationChange::of(operation.clone());
    changed.record(change, now).expect("the change is allowed");
    changed
}

/// The one item.
pub(super) fn only<T: std::fmt::Debug>(mut items: Vec<T>) -> T {
    assert_eq!(items.len(), 1, "one is expected: {items:?}");
    items.remove(0)
}

/// The ids of claimed jobs, in the order of the claim.
pub(super) fn ids(claimed: &[Claimed]) -> Vec<JobId> {
    claimed.iter().map(|claimed| claimed.job.id).collect()
}
