//! A worker that does what a test tells it: it drives operations through the store.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::AttemptCommit;
use deferral_core::transition::{self, AttemptEnd, CrashBudget, OperationChange};
use deferral_core::{
    Change, Claim, Claimed, FoundOperation, Gate, HandlerError, ItemError, Job, JobId, Kind,
    NewJob, NewWorker, Operation, Outcome, Payload, Policy, Progress, QueueName, Rejection, Store,
    WorkerId,
};
use serde_json::Value;

use crate::rig::Charge;

pub(crate) struct Hand {
    store: Arc<dyn Store>,
    worker: WorkerId,
}

/// A job that the hand holds.
pub(crate) struct Held {
    store: Arc<dyn Store>,
    claimed: Claimed,
}

impl Hand {
    pub(crate) async fn register(store: Arc<dyn Store>) -> Self {
        let worker = WorkerId::new(store.now(), rand::random());
        let new = NewWorker {
            id: worker,
            name: "hand".to_owned(),
            queues: vec![QueueName::default()],
            kinds: vec![(Kind::new(Charge::KIND).unwrap(), 1)],
            lease: Duration::from_secs(365 * 24 * 3600),
        };
        store.register(new).await.unwrap();
        Self { store, worker }
    }

    /// Claims the next job and begins it.
    pub(crate) async fn begin(&self) -> Held {
        let held = self.claim().await;
        let operation = held.operation().await;
        if operation.started_at.is_none() {
            held.change([Change::Started]).await;
        }
        held
    }

    pub(crate) async fn claim(&self) -> Held {
        let queues = vec![QueueName::default()];
        let mut seen = 0;
        loop {
            seen = self.store.wake(deferral_core::Topic::Jobs, seen).await;
            let (worker, queues) = (self.worker, queues.clone());
            let claim = Claim { worker, queues, limit: 1, suspect: false };
            let mut claims = self.store.claim(claim).await.unwrap();
            if let Some(claimed) = claims.claimed.pop() {
                return Held { store: Arc::clone(&self.store), claimed };
            }
        }
    }
}

impl Held {
    pub(crate) async fn operation(&self) -> Operation {
        let id = self.claimed.job.operation.unwrap();
        match self.store.operation(&self.claimed.job.tenant, id).await.unwrap() {
            FoundOperation::Live(operation) => *operation,
            other => panic!("{other:?}"),
        }
    }

    fn commit(&self) -> AttemptCommit {
        AttemptCommit::new(self.claimed.job.tenant.clone(), &self.claimed.lease)
    }

    /// Lets these changes happen, one event each.
    pub(crate) async fn change(&self, changes: impl IntoIterator<Item = Change>) {
        let now = self.store.now();
        let mut change = OperationChange::of(self.operation().await);
        for step in changes {
            change.record(step, now).unwrap();
        }
        self.store.commit(self.commit().change(change).into()).await.unwrap();
    }

    pub(crate) async fn progress(&self, completed: u64, total: u64) {
        let progress = Progress { completed, failed: 0, total: Some(total), message: None };
        self.change([Change::Progressed(progress)]).await;
    }

    pub(crate) async fn item_errors(&self, count: u64) {
        let operation = self.operation().await;
        let errors = (0..count).map(|number| ItemError {
            code: "AccountClosed".to_owned(),
            message: format!("Line {number} can't be paid."),
            target: format!("/lines/{number}"),
        });
        let count = operation.error_count + count;
        let mut change = OperationChange::of(operation);
        change.record(Change::ItemErrors { count }, self.store.now()).unwrap();
        let commit = self.commit().change(change).item_errors(errors.collect());
        self.store.commit(commit.into()).await.unwrap();
    }

    pub(crate) async fn complete(self, result: Value) {
        self.end(Ok(Outcome::Complete(result))).await;
    }

    pub(crate) async fn fail(self, code: &str) {
        let rejection = Rejection::new(code, "It can't be done.");
        self.end(Err(HandlerError::Failed(rejection))).await;
    }

    /// Stops as asked.
    pub(crate) async fn stop(self) {
        let reason = Rejection::new("OperationCanceled", "It was stopped.");
        self.end(Ok(Outcome::Cancel { reason, undo: None })).await;
    }

    /// Waits for a confirmation that must carry `requires`.
    pub(crate) async fn hold(self, requires: Value) {
        let job = &self.claimed.job;
        let next = NewJob {
            id: JobId::new(self.store.now(), rand::random()),
            tenant: job.tenant.clone(),
            operation: job.operation,
            kind: job.kind.clone(),
            version: job.version,
            input: Payload::new(job.input.bytes().to_vec()),
            queue: job.queue.clone(),
            priority: job.priority,
            due: deferral_core::Due::Now,
            stage: Some("queued_for_creating".to_owned()),
            trace: None,
        };
        let gate = Gate::new("Pay 2 lines", next)
            .details(serde_json::json!({"lines": 2}))
            .requires(requires);
        self.end(Ok(Outcome::Confirm(Box::new(gate)))).await;
    }

    async fn end(self, result: Result<Outcome<Value>, HandlerError>) {
        let policy = Policy::default();
        let end = AttemptEnd {
            job: &self.claimed.job,
            policy: &policy,
            budget: CrashBudget::default(),
            open_effects: false,
            dice: 0.5,
            now: self.store.now(),
        };
        let operation = self.operation().await;
        let verdict = transition::after_attempt(&end, &result, Some(&operation));
        let commit = verdict.write(self.commit(), Some(&operation), self.store.now()).unwrap();
        self.store.commit(commit.into()).await.unwrap();
    }
}
