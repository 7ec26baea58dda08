//! A commit as it is written: what costs time is done by its maker, before the one writer sees it.

use deferral_core::commit::{Commit, Guard, JobWrite, OperationWrite};
use deferral_core::transition::{JobSet, NextState};
use deferral_core::{
    ApiKey, Effect, Event, GateState, NewJob, Once, Operation, OperationId, Status, StoreError,
    Tenant, Timestamp,
};
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

use crate::error::unavailable;
use crate::wake::Rings;
use crate::write::PlainFinish;

/// A commit with its documents as text.
pub(crate) struct EncodedCommit {
    pub(crate) tenant: Tenant,
    pub(crate) keys: Vec<EncodedKey>,
    pub(crate) operation: Option<EncodedOperation>,
    pub(crate) job: Option<JobWrite>,
    pub(crate) new_jobs: Vec<EncodedJob>,
    pub(crate) effects: Vec<EncodedEffect>,
    pub(crate) item_errors: Vec<String>,
    pub(crate) api_key: Option<(ApiKey, String)>,
}

/// A key to take, and the digest by which it is found.
pub(crate) struct EncodedKey {
    pub(crate) once: Once,
    pub(crate) digest: i64,
}

/// How an operation is written.
pub(crate) enum EncodedOperation {
    /// As a new one.
    Insert { row: OperationRow, event: EventRow },
    /// Over the one at version `from`.
    Update { row: OperationRow, from: u64, events: Vec<EventRow> },
    /// Removed, when it is at version `from`.
    Delete { id: OperationId, from: u64, remember: Duration },
}

/// An operation and its document.
pub(crate) struct OperationRow {
    pub(crate) operation: Box<Operation>,
    pub(crate) document: String,
}

/// An event and its document.
pub(crate) struct EventRow {
    pub(crate) number: u64,
    pub(crate) drops_below: Option<u64>,
    pub(crate) document: String,
}

/// A job and its checksum.
pub(crate) struct EncodedJob {
    pub(crate) job: NewJob,
    pub(crate) checksum: u32,
}

/// An effect and its document.
pub(crate) struct EncodedEffect {
    pub(crate) owner: Uuid,
    pub(crate) name: String,
    pub(crate) document: String,
}

impl EncodedCommit {
    /// Writes the documents.
    pub(crate) fn new(commit: Commit) -> Result<Self, StoreError> {
        let api_key = match commit.api_key {
            Some(key) => Some((json(&key.settings)?, key)),
            None => None,
        };
        Ok(Self {
            keys: EncodedKey::all(&commit.tenant, commit.once),
            tenant: commit.tenant,
            operation: commit.operation.map(EncodedOperation::new).transpose()?,
            job: commit.job,
            new_jobs: commit.new_jobs.into_iter().map(EncodedJob::new).collect(),
            effects: commit
                .effects
                .into_iter()
                .map(EncodedEffect::new)
                .collect::<Result<_, _>>()?,
            item_errors: commit.item_errors.iter().map(json).collect::<Result<_, _>>()?,
            api_key: api_key.map(|(settings, key)| (key, settings)),
        })
    }

    /// About how many bytes it writes.
    pub(crate) fn size(&self) -> usize {
        let operation = match &self.operation {
            Some(EncodedOperation::Insert { row, .. }) => row.document.len(),
            Some(EncodedOperation::Update { row, events, .. }) => {
                row.document.len() + events.iter().map(|event| event.document.len()).sum::<usize>()
            }
            Some(EncodedOperation::Delete { .. }) | None => 0,
        };
        let jobs: usize = self.new_jobs.iter().map(|job| job.job.input.bytes().len()).sum();
        let effects: usize = self.effects.iter().map(|effect| effect.document.len()).sum();
        let item_errors: usize = self.item_errors.iter().map(String::len).sum();
        operation + jobs + effects + item_errors
    }

    /// What it does, if that is nothing but to complete a job in its first attempt.
    pub(crate) fn plain_finish(&self) -> Option<PlainFinish> {
        let JobWrite { id, guard: Guard::Running(token), set: Some(set) } = self.job.as_ref()?
        else {
            return None;
        };
        let writes_more = self.operation.is_some()
            || self.api_key.is_some()
            || !(self.keys.is_empty() && self.new_jobs.is_empty() && self.effects.is_empty());
        let first = JobSet {
            state: NextState::Completed,
            attempts: 0,
            crashes: 0,
            crashed_since: None,
            suspect: false,
            cancel_requested: false,
            last_error: None,
        };
        let tenant = || self.tenant.clone();
        let plain = !writes_more && *set == first;
        plain.then(|| PlainFinish { job: id.as_uuid(), token: token.0, tenant: tenant() })
    }

    /// Whom it concerns.
    pub(crate) fn rings(&self) -> Rings {
        let set = self.job.as_ref().and_then(|job| job.set.as_ref());
        let waits = set
            .is_some_and(|set| matches!(set.state, NextState::Available | NextState::Scheduled(_)));
        Rings { jobs: waits || !self.new_jobs.is_empty(), operations: self.operation.is_some() }
    }
}

impl EncodedKey {
    /// Of a key that comes twice the last one counts.
    fn all(tenant: &Tenant, once: Vec<Once>) -> Vec<Self> {
        let mut keys: Vec<Self> = Vec::with_capacity(once.len());
        for once in once {
            keys.retain(|key| (&key.once.scope, &key.once.key) != (&once.scope, &once.key));
            keys.push(Self::new(tenant, once));
        }
        keys
    }

    fn new(tenant: &Tenant, once: Once) -> Self {
        // Lengths, so that keys which run together stay apart.
        let Once { scope, key, .. } = &once;
        let name = format!("{}:{}:{tenant}{scope}{key}", tenant.as_str().len(), scope.len());
        let [digest @ .., _, _, _, _, _, _, _, _] =
            Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).into_bytes();
        Self { once, digest: i64::from_be_bytes(digest) }
    }
}

impl EncodedOperation {
    fn new(write: OperationWrite) -> Result<Self, StoreError> {
        Ok(match write {
            OperationWrite::Insert { operation, event } => {
                Self::Insert { row: OperationRow::new(operation)?, event: EventRow::new(&event)? }
            }
            OperationWrite::Update { operation, from, events } => Self::Update {
                row: OperationRow::new(operation)?,
                from,
                events: events.iter().map(EventRow::new).collect::<Result<_, _>>()?,
            },
            OperationWrite::Delete { id, from, remember } => Self::Delete { id, from, remember },
        })
    }

    /// Which operation.
    pub(crate) fn id(&self) -> OperationId {
        match self {
            Self::Insert { row, .. } | Self::Update { row, .. } => row.operation.id,
            Self::Delete { id, .. } => *id,
        }
    }
}

impl OperationRow {
    pub(crate) fn new(operation: Box<Operation>) -> Result<Self, StoreError> {
        Ok(Self { document: json(&operation)?, operation })
    }

    /// When its gate closes by itself, while it waits at it.
    pub(crate) fn gate_expires_at(&self) -> Option<Timestamp> {
        let waits = self.operation.status == Status::AwaitingConfirmation;
        let gate = self.operation.gate.as_ref().filter(|gate| gate.state == GateState::Pending)?;
        gate.expires_at.filter(|_| waits)
    }
}

impl EventRow {
    fn new(event: &Event) -> Result<Self, StoreError> {
        let document = json(event)?;
        Ok(Self { number: event.number, drops_below: event.drops_below(), document })
    }
}

impl EncodedJob {
    fn new(job: NewJob) -> Self {
        Self { checksum: job.checksum(), job }
    }
}

impl EncodedEffect {
    fn new(effect: Effect) -> Result<Self, StoreError> {
        let document = json(&effect)?;
        Ok(Self { owner: effect.owner, name: effect.name, document })
    }
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| unavailable(format!("a document can't be written as JSON: {error}")))
}
