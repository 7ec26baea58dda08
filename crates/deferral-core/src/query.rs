//! What a store is asked, and what it answers.

use std::time::Duration;

use crate::{
    Effect, JobId, Kind, Lease, Operation, OperationId, QueueName, Status, StoredJob, Tenant,
    Timestamp, Token, Worker, WorkerId,
};

/// Asks for jobs to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who asks; must be registered. What it may claim was said at registration.
    pub worker: WorkerId,
    /// Which of its queues, in the order to read them. A queue without free slots is left out.
    pub queues: Vec<QueueName>,
    /// As many as there are free slots, never more.
    pub limit: usize,
    /// One suspect, instead of healthy jobs.
    pub suspect: bool,
}

/// The answer to a [`Claim`].
#[derive(Debug, Default)]
pub struct Claims {
    /// The jobs, now held by the worker: in queue order, then by priority, then oldest first.
    pub claimed: Vec<Claimed>,
    /// Rows that could not be read: parked with their bytes, to be told to people.
    pub set_aside: Vec<SetAside>,
    /// Whether suspects wait that this worker could run.
    pub suspects_wait: bool,
}

/// A claimed job with all that its attempt begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The job, running.
    pub job: StoredJob,
    /// The proof.
    pub lease: Lease,
    /// Its operation, if it has one that still exists.
    pub operation: Option<Operation>,
    /// The effects of its owner.
    pub effects: Vec<Effect>,
    /// Those senders of open effects that are known to live still.
    pub live_senders: Vec<WorkerId>,
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its job id, as text: that too may be unreadable.
    pub job: String,
    /// Why.
    pub reason: String,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Until when the leases live now.
    pub expires_at: Timestamp,
    /// Of the jobs held: those that are not this worker's any more.
    pub lost: Vec<JobId>,
    /// Of the jobs held: those to be canceled.
    pub cancel_requested: Vec<JobId>,
}

/// What a look for an operation found.
#[derive(Debug, Clone, PartialEq)]
pub enum FoundOperation {
    /// It is there.
    Live(Box<Operation>),
    /// It was there, and was deleted or has expired.
    Gone,
    /// Nobody of this tenant ever had it, as far as the store remembers.
    Unknown,
}

/// Which operations to list: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperationQuery {
    /// Whose; all tenants' for operators.
    pub tenant: Option<Tenant>,
    /// Only of this status.
    pub status: Option<Status>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only with this reference.
    pub correlation: Option<String>,
    /// Only in this stage.
    pub stage: Option<String>,
    /// Only those that need a person.
    pub attention: bool,
    /// Only older ones than this.
    pub before: Option<OperationId>,
    /// So many at most.
    pub limit: usize,
}

/// Which jobs to list: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobQuery {
    /// Only this one.
    pub id: Option<JobId>,
    /// Only of this state.
    pub state: Option<&'static str>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only in this queue.
    pub queue: Option<QueueName>,
    /// Only older ones than this.
    pub before: Option<JobId>,
    /// With the effects of this operation, although its job can't be read.
    pub effects_of: Option<crate::OperationId>,
    /// So many at most.
    pub limit: usize,
}

/// What a look for jobs found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundJobs {
    /// The jobs.
    pub page: Page<StoredJob>,
    /// Rows that can't be read, of those looked at.
    pub set_aside: Vec<SetAside>,
    /// The effects of the owner of the one job that was asked for by id, or of the operation that
    /// they were asked for; else empty. One that can't be read is told as unknown.
    pub effects: Vec<Effect>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
}

/// What is late and waits for a decision.
#[derive(Debug, Default, PartialEq)]
pub struct Overdue {
    /// Claimed jobs whose worker's lease has run out, or whose worker is known to be dead.
    pub leases: Vec<ExpiredLease>,
    /// Operations whose gate has expired.
    pub gates: Vec<Operation>,
}

/// A claimed job whose holder is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpiredLease {
    /// The job as it stands.
    pub job: StoredJob,
    /// Its operation's job being this one, the operation.
    pub operation: Option<Operation>,
    /// The token to be compared when it is taken away.
    pub token: Token,
}

/// How many jobs of a kind stand where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindCount {
    /// The queue they are in.
    pub queue: QueueName,
    /// Their kind.
    pub kind: Kind,
    /// Their version.
    pub version: u32,
    /// Their state's word.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// What people want to see at one look. Costs the same however many jobs wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// Unfinished jobs, counted.
    pub counts: Vec<KindCount>,
    /// Since when the oldest available job of each queue waits.
    pub oldest: Vec<(QueueName, Timestamp)>,
    /// The registered workers.
    pub workers: Vec<Worker>,
}

/// How long what is finished is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneLimits {
    /// Finished jobs.
    pub jobs: Duration,
    /// What remains of an expired or deleted operation, so that it is known to be gone.
    pub tombstones: Duration,
    /// So many of each sort at most in one go.
    pub batch: usize,
}

impl PruneLimits {
    /// No further operation is removed once so many rows are gone, those of events and item errors
    /// included: who writes meanwhile must not wait for long.
    pub const fn rows(&self) -> usize {
        const EACH: usize = 16;
        self.batch.saturating_mul(EACH)
    }
}

/// What a prune removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Finished jobs.
    pub jobs: usize,
    /// Expired operations.
    pub operations: usize,
    /// Tombstones.
    pub tombstones: usize,
    /// Keys that may be taken again.
    pub once: usize,
    /// Whether operations were left for the next go, since these had so many rows.
    pub more: bool,
}
