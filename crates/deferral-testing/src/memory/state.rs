//! All that the store holds.

use std::collections::BTreeMap;
use std::time::Duration;

use deferral_core::{
    ApiKey, Effect, Event, ItemError, JobId, NewWorker, OnceRecord, Operation, OperationId, Seen,
    StoredJob, Tenant, Timestamp, WorkerId,
};
use uuid::Uuid;

/// All that the store holds. It changes in `commit`, `claim`, `worker` and `maintain` only.
#[derive(Default)]
pub(super) struct State {
    pub(super) operations: BTreeMap<OperationId, OperationRecord>,
    /// Operations that are gone, and are remembered.
    pub(super) tombstones: BTreeMap<OperationId, Tombstone>,
    /// Unfinished jobs.
    pub(super) jobs: BTreeMap<JobId, StoredJob>,
    /// Since when scheduled jobs wait that wait for a while, not for a time.
    pub(super) waits: BTreeMap<JobId, Timestamp>,
    /// Finished jobs, without their input.
    pub(super) finished: BTreeMap<JobId, StoredJob>,
    /// By owner and name.
    pub(super) effects: BTreeMap<(Uuid, String), Effect>,
    pub(super) once: BTreeMap<OnceKey, OnceRecord>,
    pub(super) api_keys: BTreeMap<String, ApiKey>,
    pub(super) workers: BTreeMap<WorkerId, Registered>,
    pub(super) leader: Option<Leader>,
    /// What the clock showed at the last write.
    pub(super) seen: Option<Seen>,
    /// The time that was last given to a job.
    pub(super) last_job_time: Option<Timestamp>,
}

/// An operation with its list of events and its list of item errors.
pub(super) struct OperationRecord {
    pub(super) operation: Operation,
    pub(super) events: Vec<Event>,
    pub(super) item_errors: Vec<ItemError>,
}

impl OperationRecord {
    /// How many rows it is.
    pub(super) fn rows(&self) -> usize {
        1 + self.events.len() + self.item_errors.len()
    }
}

/// What remains of an operation.
pub(super) struct Tombstone {
    pub(super) tenant: Tenant,
    pub(super) expires_at: Timestamp,
}

/// Tenant, scope, key: neither tenants nor scopes share keys.
pub(super) type OnceKey = (Tenant, String, String);

/// A worker. The record stands for its process: it goes when the process leaves or dies.
#[derive(Clone)]
pub(super) struct Registered {
    pub(super) worker: NewWorker,
    pub(super) expires_at: Timestamp,
    /// Its lease was found to be over, and stays so whatever the clock does.
    pub(super) fenced: bool,
}

/// Who runs maintenance, and until when.
#[derive(Clone, Copy)]
pub(super) struct Leader {
    pub(super) worker: WorkerId,
    pub(super) expires_at: Timestamp,
}

impl State {
    /// Begins a write. A clock that was set forward ends no lease: whoever lived keeps a whole one.
    pub(super) fn at(&mut self, seen: Seen) -> Timestamp {
        let now = seen.now;
        let step = self.seen.replace(seen).and_then(|earlier| seen.step_since(earlier));
        if let Some(step) = step {
            for worker in self.workers.values_mut().filter(|worker| !worker.fenced) {
                let lease = worker.worker.lease;
                if worker.expires_at > step.lived_after && lease > step.unseen {
                    worker.expires_at = worker.expires_at.max(now.after(lease));
                }
            }
        }
        now
    }

    /// The time of the next job that is written: later than that of any before it, so that
    /// jobs keep the order in which they were written, in one commit and from one to the next,
    /// whatever the clock does.
    pub(super) fn next_job_time(&mut self, now: Timestamp) -> Timestamp {
        let next = self.last_job_time.map(|last| last.after(Duration::from_micros(1)));
        let time = next.map_or(now, |next| next.max(now));
        self.last_job_time = Some(time);
        time
    }
}
