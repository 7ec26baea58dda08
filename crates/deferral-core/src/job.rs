//! A stored unit of work.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    JobId, Kind, OperationId, Payload, PayloadError, Priority, QueueName, Tenant, Timestamp, Token,
    WorkerId,
};

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJob {
    /// Its identity, made by who enqueues.
    pub id: JobId,
    /// Whose it is.
    pub tenant: Tenant,
    /// The operation it works for, if any.
    pub operation: Option<OperationId>,
    /// Which handler runs it.
    pub kind: Kind,
    /// Which version of the kind's input; only workers that declare it may claim the job.
    pub version: u32,
    /// The handler's input.
    pub input: Payload,
    /// Where it waits.
    pub queue: QueueName,
    /// Which of those waiting there run first.
    pub priority: Priority,
    /// When it may run.
    pub due: Due,
    /// The operation's stage while this job waits to carry it on.
    pub stage: Option<String>,
    /// The W3C `traceparent` of the request that caused it.
    pub trace: Option<String>,
}

impl NewJob {
    /// CRC-32 (IEEE) of all that never changes about the job: finds rot, not malice. A job that
    /// took itself for another's would look for effects under a wrong owner, and repeat them.
    pub fn checksum(&self) -> u32 {
        checksum((self.id, self.operation), &self.tenant, (&self.kind, self.version), &self.input)
    }
}

fn checksum(
    (id, operation): (JobId, Option<OperationId>),
    tenant: &Tenant,
    (kind, version): (&Kind, u32),
    input: &Payload,
) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(id.as_uuid().as_bytes());
    // What may be absent, and what has no fixed length, is marked: nothing runs into the next.
    hash.update(&[u8::from(operation.is_some())]);
    hash.update(operation.map(OperationId::as_uuid).unwrap_or_default().as_bytes());
    for text in [tenant.as_str(), kind.as_str()] {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.update(&version.to_le_bytes());
    hash.update(input.bytes());
    hash.finalize()
}

/// When a job may run, by the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// As soon as it is written.
    Now,
    /// So long after it is written.
    After(Duration),
    /// At this time.
    At(Timestamp),
}

impl Due {
    /// The time that this means when written at `now`.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Now => now,
            Self::After(delay) => now.after(delay),
            Self::At(time) => time,
        }
    }

    /// Since when it waits that is written at `now`, unless it waits for a time.
    pub const fn since(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Now | Self::After(_) => Some(now),
            Self::At(_) => None,
        }
    }
}

/// From when a wait counts that begins at `now`, with this `place` in the order of jobs.
///
/// From its place, so that jobs which wait equally long keep their order. One that is far ahead was
/// given before the clock was set back, and nobody waits for the clock to come there again.
pub fn counts_from(now: Timestamp, place: Timestamp) -> Timestamp {
    if place.since(now) < Duration::from_secs(1) { place } else { now }
}

/// When a wait is over that began at `begin` and was to last until `at`, if the clock was set back
/// since, so that its beginning lies ahead of `now`: it is counted anew. None for every other wait.
pub fn counted_anew(at: Timestamp, begin: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (counts_from(now, begin) == now && begin > now).then(|| now.after(at.since(begin)))
}

/// A job as a store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredJob {
    /// As enqueued.
    pub id: JobId,
    /// As enqueued.
    pub tenant: Tenant,
    /// As enqueued.
    pub operation: Option<OperationId>,
    /// As enqueued.
    pub kind: Kind,
    /// As enqueued.
    pub version: u32,
    /// As enqueued; empty once the job is finished.
    pub input: Payload,
    /// As enqueued.
    pub queue: QueueName,
    /// As enqueued.
    pub priority: Priority,
    /// As enqueued.
    pub trace: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: JobState,
    /// The token of the last claim.
    pub token: Token,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Crashes that count (see [`crate::transition::after_crash`]).
    pub crashes: u32,
    /// Since when they are counted.
    pub crashed_since: Option<Timestamp>,
    /// Whether it was in flight when a worker died: such jobs run one at a time until one ends.
    pub suspect: bool,
    /// Whether its operation is to be canceled: the handler is told.
    pub cancel_requested: bool,
    /// Why the last attempt did not end well.
    pub last_error: Option<String>,
}

/// Where a job stands, with what belongs to that state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Waits for its time. A retry is scheduled with `attempts > 0`.
    Scheduled {
        /// When it becomes available.
        at: Timestamp,
    },
    /// May be claimed.
    Available {
        /// Since when: earlier ones go first within a priority.
        since: Timestamp,
    },
    /// Claimed.
    Running {
        /// By whom.
        worker: WorkerId,
        /// Whether nothing else ran in that worker when it began: only then is a crash this
        /// job's own.
        alone: bool,
    },
    /// Done.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// Given up; `last_error` says why.
    Failed {
        /// When.
        at: Timestamp,
    },
    /// Stopped as asked.
    Canceled {
        /// When.
        at: Timestamp,
    },
    /// Waits for a person.
    Parked {
        /// Since when.
        at: Timestamp,
        /// What that person needs to know.
        reason: String,
    },
}

impl JobState {
    /// The word for it in stores, JSON and the command line.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "scheduled",
            Self::Available { .. } => "available",
            Self::Running { .. } => "running",
            Self::Completed { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::Canceled { .. } => "canceled",
            Self::Parked { .. } => "parked",
        }
    }

    /// Whether nothing can follow.
    pub const fn is_finished(&self) -> bool {
        matches!(self, Self::Completed { .. } | Self::Failed { .. } | Self::Canceled { .. })
    }

    /// Whether it waits to be claimed, now or later.
    pub const fn is_waiting(&self) -> bool {
        matches!(self, Self::Scheduled { .. } | Self::Available { .. })
    }
}

impl StoredJob {
    /// Whether this is what was enqueued, by the checksum that was kept with it.
    pub fn check(&self, stored: u32) -> Result<(), PayloadError> {
        let (ids, kind) = ((self.id, self.operation), (&self.kind, self.version));
        let found = checksum(ids, &self.tenant, kind, &self.input);
        // Rows that were written by the first versions carry a checksum of the input alone.
        if found == stored || self.input.checksum() == stored {
            return Ok(());
        }
        Err(PayloadError { stored, found })
    }

    /// The job that a store holds once `new` is written, with its place in the order of jobs. The
    /// place may be ahead of the clock, see [`counts_from`].
    pub fn enqueued(new: NewJob, now: Timestamp, place: Timestamp) -> Self {
        let begin = counts_from(now, place);
        let at = new.due.at(begin);
        let state = if at <= begin {
            JobState::Available { since: place }
        } else {
            JobState::Scheduled { at }
        };
        Self {
            id: new.id,
            tenant: new.tenant,
            operation: new.operation,
            kind: new.kind,
            version: new.version,
            input: new.input,
            queue: new.queue,
            priority: new.priority,
            trace: new.trace,
            created_at: place,
            state,
            token: Token::default(),
            attempts: 0,
            crashes: 0,
            crashed_since: None,
            suspect: false,
            cancel_requested: false,
            last_error: None,
        }
    }
}
