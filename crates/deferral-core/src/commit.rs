//! The one way in which state changes: all of a commit is written, or nothing.
//!
//! A store sees one shape, [`Commit`]. Who makes one sees only what they may do: the API side an
//! [`ApiCommit`], a worker an [`AttemptCommit`] which can't exist without a lease, maintenance a
//! [`RescueCommit`], a person an [`OperatorCommit`].

use std::time::Duration;

use crate::canary::{self, Canary};
use crate::transition::{JobSet, NextState, OperationChange};
use crate::{
    ApiKey, Effect, Event, ExpiredLease, ItemError, JobId, Lease, NewJob, Once, Operation,
    OperationId, StoredJob, Tenant, Timestamp, Token,
};

/// What a store writes. Guards are compared in the same statement or transaction as the writes.
///
/// Order of the checks: keys, operation, job. The first that fails refuses the whole.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Commit {
    /// Whose data it touches: all of it.
    pub tenant: Tenant,
    /// Keys to take.
    pub once: Vec<Once>,
    /// The operation to write.
    pub operation: Option<OperationWrite>,
    /// The job to compare, and to write if it ends or is told something.
    pub job: Option<JobWrite>,
    /// Jobs to enqueue.
    pub new_jobs: Vec<NewJob>,
    /// Effects to write, each as given, over what is there.
    pub effects: Vec<Effect>,
    /// Item errors to add to the operation that is written.
    pub item_errors: Vec<ItemError>,
    /// API key to write, over what is there.
    pub api_key: Option<ApiKey>,
}

/// How an operation is written.
#[derive(Debug, Clone, PartialEq)]
pub enum OperationWrite {
    /// As a new one; refused when its id is taken.
    Insert {
        /// The operation, at version 1.
        operation: Box<Operation>,
        /// Its first event.
        event: Event,
    },
    /// Over the one at version `from`; refused when that is not its version any more.
    Update {
        /// The operation after the events.
        operation: Box<Operation>,
        /// The version that was read.
        from: u64,
        /// What happened, numbered from `from + 1`.
        events: Vec<Event>,
    },
    /// Removed with its events and item errors, when it is at version `from`.
    Delete {
        /// Which.
        id: OperationId,
        /// The version that was read.
        from: u64,
        /// How long it is remembered that there was one.
        remember: Duration,
    },
}

/// The job that a commit rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct JobWrite {
    /// Which.
    pub id: JobId,
    /// How it must stand.
    pub guard: Guard,
    /// What it becomes; none when it is only compared.
    pub set: Option<JobSet>,
}

/// How a job must stand for a commit to be written: this state and this token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Claimed under this token.
    Running(Token),
    /// Claimed under this token by a worker whose lease is over.
    Abandoned(Token),
    /// Scheduled or available, last claimed under this token.
    Waiting(Token),
    /// Parked, last claimed under this token.
    Parked(Token),
    /// Its row can't be read, so there is no token to compare; and nobody runs it.
    Damaged,
}

impl Guard {
    /// The token to compare, if there is one.
    pub const fn token(self) -> Option<Token> {
        match self {
            Self::Running(token)
            | Self::Abandoned(token)
            | Self::Waiting(token)
            | Self::Parked(token) => Some(token),
            Self::Damaged => None,
        }
    }
}

impl JobWrite {
    /// Whether a job that was last claimed under `token` is the one that this was decided for.
    pub fn fits(&self, token: Token) -> bool {
        self.guard.token() == Some(token) || canary::is(self.unguarded())
    }

    /// The mistake of writing this without the token.
    fn unguarded(&self) -> Canary {
        let state = self.set.as_ref().map(|set| &set.state);
        match (self.guard, state) {
            (Guard::Abandoned(_), _) => Canary::RescueById,
            (_, None) => Canary::NoteWithoutToken,
            (_, Some(NextState::Same | NextState::Alone)) => Canary::MarkWithoutToken,
            (_, Some(NextState::Available | NextState::Scheduled(_) | NextState::Parked(_))) => {
                Canary::ReleaseWithoutToken
            }
            (_, Some(NextState::Completed | NextState::Failed | NextState::Canceled)) => {
                Canary::FinishWithoutToken
            }
        }
    }
}

impl Commit {
    const fn empty(tenant: Tenant) -> Self {
        Self {
            tenant,
            once: Vec::new(),
            operation: None,
            job: None,
            new_jobs: Vec::new(),
            effects: Vec::new(),
            item_errors: Vec::new(),
            api_key: None,
        }
    }

    /// A job is its commit's tenant's, whoever made it: nothing is enqueued for another tenant.
    fn enqueue(&mut self, mut job: NewJob) {
        job.tenant.clone_from(&self.tenant);
        self.new_jobs.push(job);
    }

    fn change(&mut self, change: OperationChange) {
        let (operation, from, events) = change.into_parts();
        let operation = Box::new(operation);
        self.operation = Some(OperationWrite::Update { operation, from, events });
    }
}

/// What the API side may do: accept, enqueue, and change operations that no attempt is writing.
/// It can't write effects or finish what runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiCommit(Commit);

impl ApiCommit {
    /// A commit for this tenant that does nothing yet.
    pub const fn new(tenant: Tenant) -> Self {
        Self(Commit::empty(tenant))
    }

    /// A commit for this tenant that only looks whether keys are taken, and never writes: it
    /// deletes the operation of the nil UUID from version `u64::MAX`, at which none ever is. Keys
    /// are checked first, so it is refused with [`Taken`](crate::Refusal::Taken) if one is taken
    /// and with [`OperationChanged`](crate::Refusal::OperationChanged) if none is.
    pub fn look(tenant: Tenant) -> Self {
        let mut commit = Commit::empty(tenant);
        let id = OperationId::from_uuid(uuid::Uuid::nil());
        let remember = Duration::ZERO;
        commit.operation = Some(OperationWrite::Delete { id, from: u64::MAX, remember });
        Self(commit)
    }

    /// Takes a key, or is refused. Keys are looked at in the order in which they are added.
    #[must_use]
    pub fn once(mut self, once: Once) -> Self {
        self.0.once.push(once);
        self
    }

    /// Accepts an operation that `job` carries out.
    #[must_use]
    pub fn accept(mut self, mut operation: Operation, mut job: NewJob, now: Timestamp) -> Self {
        operation.tenant.clone_from(&self.0.tenant);
        job.operation = Some(operation.id);
        operation.job = Some(job.id);
        operation.stage.clone_from(&job.stage);
        operation.first_stage.clone_from(&job.stage);
        let event = crate::transition::accepted(now);
        self.0.operation = Some(OperationWrite::Insert { operation: Box::new(operation), event });
        self.0.enqueue(job);
        self
    }

    /// Enqueues a job.
    #[must_use]
    pub fn enqueue(mut self, job: NewJob) -> Self {
        self.0.enqueue(job);
        self
    }

    /// Deletes a finished operation; callers decide with [`crate::transition::delete`].
    pub(crate) fn delete(mut self, operation: &Operation, remember: Duration) -> Self {
        let (id, from) = (operation.id, operation.version);
        self.0.operation = Some(OperationWrite::Delete { id, from, remember });
        self
    }

    pub(crate) fn change(mut self, change: OperationChange) -> Self {
        self.0.change(change);
        self
    }

    pub(crate) fn job(mut self, id: JobId, guard: Guard, set: JobSet) -> Self {
        self.0.job = Some(JobWrite { id, guard, set: Some(set) });
        self
    }
}

/// What a worker may do, under the token of its claim: it can't accept, take keys or delete.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptCommit(Commit);

impl AttemptCommit {
    /// A commit that only compares the token yet.
    pub fn new(tenant: Tenant, lease: &Lease) -> Self {
        let mut commit = Commit::empty(tenant);
        let guard = Guard::Running(lease.token);
        commit.job = Some(JobWrite { id: lease.job, guard, set: None });
        Self(commit)
    }

    /// Records what is known about an effect.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.0.effects.push(effect);
        self
    }

    /// Changes the operation.
    #[must_use]
    pub fn change(mut self, change: OperationChange) -> Self {
        self.0.change(change);
        self
    }

    /// Adds item errors; the change must count them.
    #[must_use]
    pub fn item_errors(mut self, errors: Vec<ItemError>) -> Self {
        self.0.item_errors = errors;
        self
    }

    /// Enqueues a job.
    #[must_use]
    pub fn enqueue(mut self, job: NewJob) -> Self {
        self.0.enqueue(job);
        self
    }

    /// Sets the job, ending the attempt or noting that it runs alone.
    #[must_use]
    pub fn set(mut self, set: JobSet) -> Self {
        if let Some(job) = &mut self.0.job {
            job.set = Some(set);
        }
        self
    }
}

/// What maintenance may do: take a job from a worker that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct RescueCommit(Commit);

impl RescueCommit {
    pub(crate) fn new(expired: &ExpiredLease, set: JobSet) -> Self {
        let mut commit = Commit::empty(expired.job.tenant.clone());
        let guard = Guard::Abandoned(expired.token);
        commit.job = Some(JobWrite { id: expired.job.id, guard, set: Some(set) });
        Self(commit)
    }

    pub(crate) fn change(mut self, change: OperationChange) -> Self {
        self.0.change(change);
        self
    }

    /// Tells an operation something, and touches no job.
    pub(crate) fn told(change: OperationChange) -> Self {
        let mut commit = Commit::empty(change.operation().tenant.clone());
        commit.change(change);
        Self(commit)
    }
}

/// What a person may do to work that waits for one.
#[derive(Debug, Clone, PartialEq)]
pub struct OperatorCommit(Commit);

impl OperatorCommit {
    pub(crate) fn parked(job: &StoredJob, set: JobSet) -> Self {
        let mut commit = Commit::empty(job.tenant.clone());
        commit.job = Some(JobWrite { id: job.id, guard: Guard::Parked(job.token), set: Some(set) });
        Self(commit)
    }

    pub(crate) fn damaged(tenant: Tenant, id: JobId, set: JobSet) -> Self {
        let mut commit = Commit::empty(tenant);
        commit.job = Some(JobWrite { id, guard: Guard::Damaged, set: Some(set) });
        Self(commit)
    }

    pub(crate) fn effect(mut self, effect: Effect) -> Self {
        self.0.effects.push(effect);
        self
    }

    pub(crate) fn change(mut self, change: OperationChange) -> Self {
        self.0.change(change);
        self
    }

    /// Stores an API key, or revokes it.
    pub fn api_key(key: ApiKey) -> Self {
        let mut commit = Commit::empty(key.tenant.clone());
        commit.api_key = Some(key);
        Self(commit)
    }
}

impl From<ApiCommit> for Commit {
    fn from(commit: ApiCommit) -> Self {
        commit.0
    }
}

impl From<AttemptCommit> for Commit {
    fn from(commit: AttemptCommit) -> Self {
        commit.0
    }
}

impl From<RescueCommit> for Commit {
    fn from(commit: RescueCommit) -> Self {
        commit.0
    }
}

impl From<OperatorCommit> for Commit {
    fn from(commit: OperatorCommit) -> Self {
        commit.0
    }
}
