//! One run of a job by this worker: what it knows, and how it writes.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use deferral_core::commit::{AttemptCommit, Commit, OperationWrite};
use deferral_core::transition::{JobSet, NotAllowed, OperationChange};
use deferral_core::{
    Change, Claimed, CommitError, Effect, Lease, NewJob, Operation, Progress, Refusal, Store,
    StoreError, StoredJob, Timestamp, WorkerId,
};
use tokio::time::Instant;
use uuid::Uuid;

use crate::dice::Dice;
use crate::fence::Fence;
use crate::flag::Flag;
use crate::known_effects::{KnownEffects, Watched};
use crate::sync::{Mutex, MutexGuard};

/// So often an operation may change under our hands before we stop believing it.
const MOST_CONFLICTS: u32 = 100;
/// Progress is told four times a second at most: each telling is an event, kept and streamed.
const PROGRESS_PACE: Duration = Duration::from_millis(250);
/// How long a store may take to answer when a job is given back.
const GIVE_BACK: Duration = Duration::from_secs(5);
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
    /// It can't ever be written: a job of that id exists already, say.
    #[error("{0}")]
    Contradiction(String),
}

/// One run of a job.
pub(crate) struct Attempt {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fence: Fence,
    job: StoredJob,
    lease: Lease,
    live_senders: Vec<WorkerId>,
    pub(crate) dice: Dice,
    /// The operation that this job carries out, as last written or read.
    operation: Mutex<Option<Operation>>,
    pub(crate) effects: KnownEffects,
    /// Jobs to be written together with the end.
    follow_ups: Mutex<Vec<NewJob>>,
    canceled: Flag,
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
    pub(crate) fn new(
        store: Arc<dyn Store>,
        claimed: Claimed,
        fence: Fence,
        watched: Arc<Watched>,
        dice: Dice,
    ) -> Self {
        let job = claimed.job;
        // A job that only works beside an operation (an undo) does not move it.
        let operation = claimed.operation.filter(|operation| operation.job == Some(job.id));
        let canceling = operation
            .as_ref()
            .is_some_and(|operation| operation.status == deferral_core::Status::Canceling);
        let effects = KnownEffects::new(claimed.effects, watched, claimed.lease.token);
        let attempt = Self {
            store,
            fence,
            lease: claimed.lease,
            live_senders: claimed.live_senders,
            canceled: Flag::default(),
            dice,
            job,
            operation: Mutex::new(operation),
            effects,
            follow_ups: Mutex::default(),
            progress: Mutex::default(),
            writing: tokio::sync::Mutex::new(()),
        };
        if attempt.job.cancel_requested || canceling {
            attempt.cancel();
        }
        attempt
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
        self.canceled.raise();
    }

    pub(crate) fn is_canceled(&self) -> bool {
        self.canceled.is_raised()
    }

    /// Waits until cancellation is asked for.
    pub(crate) async fn canceled(&self) {
        self.canceled.raised().await;
    }

    /// Whose effects this job's are.
    pub(crate) fn effect_owner(&self) -> Uuid {
        Effect::owner(self.job.operation, self.job.id)
    }

    /// Whether the process that was sending may still send. Another attempt of this very worker
    /// was dropped before this one was claimed.
    pub(crate) fn is_alive(&self, sender: WorkerId) -> bool {
        sender != self.lease.worker && self.live_senders.contains(&sender)
    }

    /// Writes what is known about an effect. Should this be dropped, the end of the attempt writes
    /// it.
    pub(crate) async fn record_effect(&self, effect: &Effect) -> Result<(), WriteError> {
        self.effects.learn(effect);
        self.write(|commit, _| Ok(commit.effect(effect.clone()))).await?;
        self.effects.wrote(effect);
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
    ///
    /// Dropped, or given up because the fence fell, it is written whole or not at all.
    pub(crate) async fn write(
        &self,
        make: impl Fn(AttemptCommit, Option<&Operation>) -> Result<AttemptCommit, NotAllowed>,
    ) -> Result<(), WriteError> {
        let _turn = self.writing.lock().await;
        let mut unanswered: Option<OperationWrite> = None;
        for _ in 0..MOST_CONFLICTS {
            if !self.fence.is_open() {
                return Err(WriteError::Lost);
            }
            let operation = self.operation();
            let empty = AttemptCommit::new(self.job.tenant.clone(), &self.lease);
            let commit: Commit = make(empty, operation.as_ref())?.into();
            let change = commit.operation.clone();
            match self.commit(commit).await? {
                Ok(_) => {
                    self.remember(change);
                    return Ok(());
                }
                Err(CommitError::Refused(refusal)) => {
                    if let Some(sent) = &unanswered
                        && self.was_written(sent, &refusal).await
                    {
                        self.remember(unanswered);
                        return Ok(());
                    }
                    self.refused(refusal)?;
                }
                Err(CommitError::Store(error)) => {
                    tracing::warn!(job.id = %self.job.id, %error, "The store did not take a write");
                    if matches!(error, StoreError::OutcomeUnknown(_)) {
                        unanswered = change;
                    }
                    self.pause().await;
                }
            }
        }
        self.fence.lose();
        Err(WriteError::Lost)
    }

    /// A commit that hangs is given up when the fence falls; the store does it whole or not.
    async fn commit(&self, commit: Commit) -> Result<Result<Timestamp, CommitError>, WriteError> {
        tokio::select! {
            biased;
            answer = self.store.commit(commit) => Ok(answer),
            () = self.fence.closed() => Err(WriteError::Lost),
        }
    }

    /// Whether the refusal of a repetition comes from the first having been written, whose answer
    /// was lost: then its events are there under its numbers.
    async fn was_written(&self, sent: &OperationWrite, refusal: &Refusal) -> bool {
        let Refusal::OperationChanged { current: Some(current) } = refusal else { return false };
        let OperationWrite::Update { operation, from, events } = sent else { return false };
        if events.is_empty() || current.version < operation.version {
            return false;
        }
        let kept =
            self.store.events(&self.job.tenant, operation.id, *from).await.unwrap_or_default();
        events.iter().all(|event| kept.contains(event))
    }

    async fn pause(&self) {
        tokio::select! {
            biased;
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
            Refusal::JobExists | Refusal::OperationExists | Refusal::Taken { .. } => {
                Err(WriteError::Contradiction(refusal.to_string()))
            }
            Refusal::LeaseLost => {
                tracing::warn!(job.id = %self.job.id, token = %self.lease.token, %refusal,
                    "A stale write was refused");
                self.fence.lose();
                Err(WriteError::Lost)
            }
        }
    }

    fn remember(&self, written: Option<OperationWrite>) {
        if let Some(OperationWrite::Update { operation, .. }) = written {
            *lock(&self.operation) = Some(*operation);
        }
    }

    /// Gives the job back when its end could not be written: whatever the fence says, since the
    /// token is compared, and a job that nobody runs must not be kept alive by the heartbeat of
    /// this worker. Ends when it is written or when the job is not ours any more.
    pub(crate) async fn give_back(&self, set: JobSet) {
        loop {
            let mut commit =
                AttemptCommit::new(self.job.tenant.clone(), &self.lease).set(set.clone());
            for effect in self.effects.loose_ends(self.now()) {
                commit = commit.effect(effect);
            }
            match tokio::time::timeout(GIVE_BACK, self.store.commit(commit.into())).await {
                Ok(Ok(_)) => return,
                Ok(Err(CommitError::Refused(refusal))) => {
                    tracing::warn!(job.id = %self.job.id, token = %self.lease.token, %refusal,
                        "A stale write was refused");
                    return;
                }
                Ok(Err(CommitError::Store(error))) => {
                    tracing::warn!(job.id = %self.job.id, %error, "Could not give a job back");
                }
                Err(_elapsed) => {
                    tracing::warn!(job.id = %self.job.id, "Got no answer to giving a job back");
                }
            }
            tokio::time::sleep(STORE_PAUSE).await;
        }
    }
}
