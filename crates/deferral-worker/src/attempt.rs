//! One run of a job by this worker: what it knows, and how it writes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral_core::commit::{AttemptCommit, Commit, OperationWrite};
use deferral_core::transition::{NotAllowed, OperationChange};
use deferral_core::{
    Change, Claimed, CommitError, Effect, EffectState, Lease, NewJob, Operation, Progress, Refusal,
    Store, StoreError, StoredJob, Timestamp, WorkerId,
};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::fence::Fence;

/// So often an operation may change under our hands before we stop believing it.
const MOST_CONFLICTS: u32 = 100;
/// Progress is told four times a second at most: each telling is an event, kept and streamed.
const PROGRESS_PACE: Duration = Duration::from_millis(250);
/// How long a store that is away is given before it is asked again.
const STORE_PAUSE: Duration = Duration::from_millis(100);

/// Why an attempt can't write any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The lease is lost: the attempt must stop, and must not write.
    #[error("the lease is lost")]
    Lost,
    /// The operation does not allow the change.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
}

/// One run of a job.
pub(crate) struct Attempt {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fence: Fence,
    job: StoredJob,
    lease: Lease,
    live_senders: Vec<WorkerId>,
    /// The operation that this job carries out, as last written or read.
    operation: Mutex<Option<Operation>>,
    effects: Mutex<HashMap<String, Effect>>,
    /// Jobs to be written together with the end.
    follow_ups: Mutex<Vec<NewJob>>,
    canceled: (AtomicBool, Notify),
    progress: Mutex<Pace>,
    /// One commit at a time: each rests on the operation as the one before left it.
    writing: tokio::sync::Mutex<()>,
}

/// Progress that was told, and progress that waits for its turn.
#[derive(Default)]
struct Pace {
    told: Option<Instant>,
    waiting: Option<Progress>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Attempt {
    pub(crate) fn new(store: Arc<dyn Store>, claimed: Claimed, fence: Fence) -> Self {
        let job = claimed.job;
        // A job that only works beside an operation (an undo) does not move it.
        let operation = claimed.operation.filter(|operation| operation.job == Some(job.id));
        let canceling = operation
            .as_ref()
            .is_some_and(|operation| operation.status == deferral_core::Status::Canceling);
        let effects =
            claimed.effects.into_iter().map(|effect| (effect.name.clone(), effect)).collect();
        Self {
            store,
            fence,
            lease: claimed.lease,
            live_senders: claimed.live_senders,
            canceled: (AtomicBool::new(job.cancel_requested || canceling), Notify::new()),
            job,
            operation: Mutex::new(operation),
            effects: Mutex::new(effects),
            follow_ups: Mutex::default(),
            progress: Mutex::default(),
            writing: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) const fn job(&self) -> &StoredJob {
        &self.job
    }

    pub(crate) const fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.now()
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        lock(&self.operation).clone()
    }

    pub(crate) fn follow_up(&self, job: NewJob) {
        lock(&self.follow_ups).push(job);
    }

    pub(crate) fn take_follow_ups(&self) -> Vec<NewJob> {
        std::mem::take(&mut *lock(&self.follow_ups))
    }

    pub(crate) fn cancel(&self) {
        self.canceled.0.store(true, Ordering::SeqCst);
        self.canceled.1.notify_waiters();
    }

    pub(crate) fn is_canceled(&self) -> bool {
        self.canceled.0.load(Ordering::SeqCst)
    }

    /// Waits until cancellation is asked for.
    pub(crate) async fn canceled(&self) {
        loop {
            let told = self.canceled.1.notified();
            if self.is_canceled() {
                return;
            }
            told.await;
        }
    }

    /// Whose effects this job's are.
    pub(crate) fn effect_owner(&self) -> Uuid {
        Effect::owner(self.job.operation, self.job.id)
    }

    pub(crate) fn effect(&self, name: &str) -> Option<Effect> {
        lock(&self.effects).get(name).cloned()
    }

    pub(crate) fn is_alive(&self, sender: WorkerId) -> bool {
        self.live_senders.contains(&sender)
    }

    /// Whether the outcome of anything sent is unknown.
    pub(crate) fn has_open_effects(&self) -> bool {
        lock(&self.effects).values().any(Effect::is_open)
    }

    /// Effects whose call was dropped in the middle, by a timeout or a shutdown: nothing of ours
    /// can send any more, but what was sent may have happened.
    pub(crate) fn dropped_effects(&self) -> Vec<Effect> {
        let mine = |effect: &&Effect| matches!(effect.state, EffectState::Sending { token, .. } if token == self.lease.token);
        let now = self.now();
        let unknown = |effect: Effect| {
            effect.into_state(EffectState::Unknown {
                since: now,
                sender: None,
                probes: 0,
                reason: "the attempt was stopped during the call".into(),
            })
        };
        lock(&self.effects).values().filter(mine).cloned().map(unknown).collect()
    }

    /// Writes what is known about an effect; then it is known here too.
    pub(crate) async fn record_effect(&self, effect: Effect) -> Result<(), WriteError> {
        self.write(|commit, _| Ok(commit.effect(effect.clone()))).await?;
        lock(&self.effects).insert(effect.name.clone(), effect);
        Ok(())
    }

    /// Changes the operation, if this job carries one out.
    pub(crate) async fn change(&self, change: Change) -> Result<(), WriteError> {
        if lock(&self.operation).is_none() {
            return Ok(());
        }
        self.write(|commit, operation| {
            let Some(operation) = operation else { return Ok(commit) };
            let mut changed = OperationChange::of(operation.clone());
            changed.record(change.clone(), self.now())?;
            Ok(commit.change(changed))
        })
        .await
    }

    /// Tells how far the operation is, or keeps it until the next telling or the end.
    pub(crate) async fn progress(&self, progress: Progress) -> Result<(), WriteError> {
        let now = Instant::now();
        let early = {
            let mut pace = lock(&self.progress);
            let early = pace.told.is_some_and(|told| now - told < PROGRESS_PACE);
            pace.waiting = early.then(|| progress.clone());
            if !early {
                pace.told = Some(now);
            }
            early
        };
        if early { Ok(()) } else { self.change(Change::Progressed(progress)).await }
    }

    /// Progress that was kept back.
    pub(crate) fn take_progress(&self) -> Option<Progress> {
        lock(&self.progress).waiting.take()
    }

    /// Writes a commit under the token, made anew whenever the operation changed meanwhile (its
    /// caller canceled it, say), until it is written or the lease is lost.
    pub(crate) async fn write(
        &self,
        make: impl Fn(AttemptCommit, Option<&Operation>) -> Result<AttemptCommit, NotAllowed>,
    ) -> Result<(), WriteError> {
        let _turn = self.writing.lock().await;
        let mut unanswered: Option<Commit> = None;
        for _ in 0..MOST_CONFLICTS {
            if !self.fence.is_open() {
                return Err(WriteError::Lost);
            }
            let operation = self.operation();
            let empty = AttemptCommit::new(self.job.tenant.clone(), &self.lease);
            let commit: Commit = make(empty, operation.as_ref())?.into();
            match self.store.commit(commit.clone()).await {
                Ok(_) => {
                    self.remember(&commit);
                    return Ok(());
                }
                Err(CommitError::Refused(refusal)) => {
                    if unanswered.as_ref().is_some_and(|sent| was_written(sent, &refusal)) {
                        self.remember(unanswered.as_ref().unwrap_or(&commit));
                        return Ok(());
                    }
                    self.refused(refusal)?;
                }
                Err(CommitError::Store(error)) => {
                    tracing::warn!(job.id = %self.job.id, %error, "The store did not take a write");
                    if matches!(error, StoreError::OutcomeUnknown(_)) {
                        unanswered = Some(commit);
                    }
                    self.pause().await;
                }
            }
        }
        self.fence.lose();
        Err(WriteError::Lost)
    }

    async fn pause(&self) {
        tokio::select! {
            () = tokio::time::sleep(STORE_PAUSE) => {}
            () = self.fence.closed() => {}
        }
    }

    fn refused(&self, refusal: Refusal) -> Result<(), WriteError> {
        match refusal {
            Refusal::OperationChanged { current } => {
                // Gone, or carried on by another job: then this one moves nothing.
                let current = current.filter(|current| current.job == Some(self.job.id));
                *lock(&self.operation) = current.map(|current| *current);
                Ok(())
            }
            Refusal::LeaseLost
            | Refusal::JobExists
            | Refusal::OperationExists
            | Refusal::Taken { .. } => {
                tracing::warn!(job.id = %self.job.id, token = %self.lease.token, %refusal,
                    "A write of attempt {} was refused", self.job.attempts + 1);
                self.fence.lose();
                Err(WriteError::Lost)
            }
        }
    }

    fn remember(&self, commit: &Commit) {
        if let Some(OperationWrite::Update { operation, .. }) = &commit.operation {
            *lock(&self.operation) = Some((**operation).clone());
        }
    }
}

/// Whether the refusal of a repetition shows that the first, whose answer was lost, was written.
fn was_written(sent: &Commit, refusal: &Refusal) -> bool {
    match (refusal, &sent.operation) {
        (
            Refusal::OperationChanged { current: Some(current) },
            Some(OperationWrite::Update { operation, .. }),
        ) => current == operation,
        (Refusal::JobExists, _) => true,
        _ => false,
    }
}
