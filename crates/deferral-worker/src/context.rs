//! What a handler may ask and do.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::{
    Change, HandlerError, ItemError, Job, JobId, NewJob, NewJobError, Operation, OperationId,
    Progress, Tenant,
};

use crate::attempt::{Attempt, WriteError};
use crate::effect::EffectBuilder;

/// What a handler may ask and do during one attempt. `S` is its extension's state.
pub struct Context<S> {
    state: Arc<S>,
    attempt: Arc<Attempt>,
}

impl<S> Clone for Context<S> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), attempt: self.attempt.clone() }
    }
}

impl<S> Context<S> {
    pub(crate) const fn new(state: Arc<S>, attempt: Arc<Attempt>) -> Self {
        Self { state, attempt }
    }

    /// The extension's state.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// The extension's state, to be moved into a call.
    pub fn shared_state(&self) -> Arc<S> {
        self.state.clone()
    }

    /// The operation this job works for.
    pub fn operation_id(&self) -> Option<OperationId> {
        self.attempt.job().operation
    }

    /// The operation this job carries out, as last seen. None for a job that has none, or only
    /// works beside one (an undo).
    pub fn operation(&self) -> Option<Operation> {
        self.attempt.operation()
    }

    /// Whose job it is.
    pub fn tenant(&self) -> &Tenant {
        &self.attempt.job().tenant
    }

    /// Which attempt this is, from 1: failed ones before it, and this one.
    pub fn attempt(&self) -> u32 {
        self.attempt.job().attempts.saturating_add(1)
    }

    /// How long ago the job was enqueued, by the store's clock: for a handler that waits by
    /// [`Outcome::Snooze`](deferral_core::Outcome::Snooze), longer each time.
    pub fn age(&self) -> Duration {
        self.attempt.now().since(self.attempt.job().created_at)
    }

    /// Whether cancellation was asked for. Stop at the next good place, with
    /// [`Outcome::Cancel`](deferral_core::Outcome::Cancel).
    pub fn is_canceled(&self) -> bool {
        self.attempt.is_canceled()
    }

    /// Waits until cancellation is asked for. Cancel-safe.
    pub async fn canceled(&self) {
        self.attempt.canceled().await;
    }

    /// A named action on the outside world, done once however often the handler runs.
    pub fn effect(&self, name: &str) -> EffectBuilder {
        EffectBuilder::new(self.attempt.clone(), name)
    }

    /// A job of this job's tenant and trace, for [`Outcome::Then`](deferral_core::Outcome::Then),
    /// a gate, or [`enqueue_job`](Self::enqueue_job). Nothing is written yet.
    pub fn job<J: Job>(&self, job: &J) -> Result<NewJob, NewJobError> {
        let id = JobId::new(self.attempt.now(), self.attempt.dice.bytes());
        let mut new = NewJob::new(id, self.tenant().clone(), job)?;
        new.trace.clone_from(&self.attempt.job().trace);
        Ok(new)
    }

    /// Enqueues a job together with the end of this one, be it good or bad. Nothing is enqueued by
    /// an attempt after which the job is tried again.
    pub fn enqueue<J: Job>(&self, job: &J) -> Result<(), NewJobError> {
        self.enqueue_job(self.job(job)?);
        Ok(())
    }

    /// As [`enqueue`](Self::enqueue), for a job made with [`job`](Self::job).
    pub fn enqueue_job(&self, job: NewJob) {
        self.attempt.follow_up(job);
    }

    /// Sets the application's own word for where the operation stands. Written when this returns.
    pub async fn stage(&self, stage: &str) -> Result<(), HandlerError> {
        let stage = Some(stage.to_owned());
        if self.operation().is_none_or(|operation| operation.stage == stage) {
            return Ok(());
        }
        self.attempt.change(Change::Staged { stage }).await.map_err(stopped)
    }

    /// Tells how far the operation is: four times a second at most, in between it is kept back
    /// until the next telling or the end. The same as before is not told again.
    pub async fn progress(&self, progress: Progress) -> Result<(), HandlerError> {
        if self.operation().is_none_or(|operation| operation.progress.as_ref() == Some(&progress)) {
            return Ok(());
        }
        self.attempt.progress(progress).await.map_err(stopped)
    }

    /// Adds item errors to the operation, to be called once for each: what an earlier attempt
    /// wrote stays, so ask [`operation`](Self::operation) for `error_count` first.
    pub async fn item_errors(&self, errors: Vec<ItemError>) -> Result<(), HandlerError> {
        if errors.is_empty() || self.operation().is_none() {
            return Ok(());
        }
        let added = u64::try_from(errors.len()).unwrap_or(u64::MAX);
        let write = self.attempt.write(|commit, operation| {
            let Some(operation) = operation else { return Ok(commit) };
            let mut change = deferral_core::transition::OperationChange::of(operation.clone());
            let count = operation.error_count.saturating_add(added);
            change.record(Change::ItemErrors { count }, self.attempt.now())?;
            Ok(commit.change(change).item_errors(errors.clone()))
        });
        write.await.map_err(stopped)
    }
}

fn stopped(error: WriteError) -> HandlerError {
    HandlerError::from(error)
}
