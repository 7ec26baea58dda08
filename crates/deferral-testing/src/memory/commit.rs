//! A commit: everything is checked before anything is written.

use deferral_core::canary::{self, Canary};
use deferral_core::commit::{Commit, Guard, JobWrite, OperationWrite};
use deferral_core::transition::NextState;
use deferral_core::{
    Event, ItemError, JobState, NewJob, Once, OnceRecord, Operation, OperationId, Refusal,
    StoredJob, Tenant, Timestamp, counts_from,
};

use super::job;
use super::state::{OnceKey, OperationRecord, State, Tombstone};

impl State {
    /// Writes all of it at `now`, or nothing.
    pub(super) fn commit(&mut self, commit: Commit, now: Timestamp) -> Result<(), Refusal> {
        self.check(&commit, now)?;
        self.write(commit, now);
        Ok(())
    }

    /// Keys, operation, job, new jobs: the first that fails is the answer.
    fn check(&self, commit: &Commit, now: Timestamp) -> Result<(), Refusal> {
        let tenant = &commit.tenant;
        for once in &commit.once {
            self.check_key(tenant, once, now)?;
        }
        if let Some(write) = &commit.operation {
            self.check_operation(tenant, write)?;
        }
        if let Some(write) = &commit.job {
            self.check_job(tenant, write, now)?;
        }
        self.check_new_jobs(&commit.new_jobs)
    }

    /// A key is free when nobody has it, when its time is over, or when who has it gives it up.
    fn check_key(&self, tenant: &Tenant, once: &Once, now: Timestamp) -> Result<(), Refusal> {
        let Some(record) = self.once.get(&once_key(tenant, once)) else { return Ok(()) };
        let operation = record.operation.and_then(|id| self.visible(tenant, id, now));
        let operation = operation.map(|record| &record.operation);
        let given_up = once.instead_of.is_some() && once.instead_of == record.operation;
        let forgot = canary::is(Canary::KeyEndsWithJob) && self.has_ended(record);
        if record.is_over(operation, now) || given_up || forgot {
            return Ok(());
        }
        let operation = operation.cloned().map(Box::new);
        Err(Refusal::Taken { record: record.clone(), operation })
    }

    /// Whether the work that took the key is done.
    fn has_ended(&self, record: &OnceRecord) -> bool {
        let operation = record.operation.and_then(|id| self.operations.get(&id));
        operation.is_none_or(|record| record.operation.status.is_terminal())
    }

    fn check_operation(&self, tenant: &Tenant, write: &OperationWrite) -> Result<(), Refusal> {
        match write {
            // An id is taken whoever has it, and for as long as it is remembered.
            OperationWrite::Insert { operation, .. } => {
                let id = &operation.id;
                let taken = self.operations.contains_key(id) || self.tombstones.contains_key(id);
                if taken { Err(Refusal::OperationExists) } else { Ok(()) }
            }
            OperationWrite::Update { operation, from, .. } => {
                self.check_version(tenant, operation.id, *from)
            }
            OperationWrite::Delete { id, from, .. } => self.check_version(tenant, *id, *from),
        }
    }

    fn check_version(&self, tenant: &Tenant, id: OperationId, from: u64) -> Result<(), Refusal> {
        // Another tenant's operation is not shown to exist.
        let current = self.owned(tenant, id).map(|record| &record.operation);
        if current.is_some_and(|operation| operation.version == from) {
            return Ok(());
        }
        Err(Refusal::OperationChanged { current: current.cloned().map(Box::new) })
    }

    fn check_job(&self, tenant: &Tenant, write: &JobWrite, now: Timestamp) -> Result<(), Refusal> {
        let job = self.jobs.get(&write.id).filter(|job| job.tenant == *tenant);
        match job {
            Some(job) if self.stands(job, write, now) => Ok(()),
            _ => Err(Refusal::LeaseLost),
        }
    }

    /// Whether the job stands as the guard says.
    ///
    /// A running attempt may write although its lease is over, as long as nobody took the job
    /// from it: what it did is better known than forgotten.
    fn stands(&self, job: &StoredJob, write: &JobWrite, now: Timestamp) -> bool {
        let state = match (write.guard, &job.state) {
            (Guard::Running(_), JobState::Running { .. }) => true,
            (Guard::Abandoned(_), JobState::Running { worker, .. }) => {
                !self.is_live(*worker, now) || canary::is(Canary::RescueById)
            }
            (Guard::Waiting(_), state) => state.is_waiting(),
            (Guard::Parked(_), JobState::Parked { .. }) => true,
            _ => false,
        };
        state && write.fits(job.token)
    }

    fn check_new_jobs(&self, new_jobs: &[NewJob]) -> Result<(), Refusal> {
        let taken = |(place, job): (usize, &NewJob)| {
            self.jobs.contains_key(&job.id)
                || self.finished.contains_key(&job.id)
                || new_jobs[..place].iter().any(|earlier| earlier.id == job.id)
        };
        if new_jobs.iter().enumerate().any(taken) { Err(Refusal::JobExists) } else { Ok(()) }
    }

    /// Writes what was checked: nothing here can fail.
    fn write(&mut self, commit: Commit, now: Timestamp) {
        let Commit { tenant, once, operation, job, new_jobs, effects, item_errors, .. } = commit;
        let written = operation.as_ref().map(id_of);
        for once in once {
            let record = record(&once, written, now);
            self.once.insert(once_key(&tenant, &once), record);
        }
        match operation {
            Some(OperationWrite::Insert { operation, event }) => self.insert(*operation, event),
            Some(OperationWrite::Update { operation, events, .. }) => {
                self.update(*operation, events, item_errors);
            }
            Some(OperationWrite::Delete { id, remember, .. }) => {
                self.bury(id, now.after(remember));
            }
            None => {}
        }
        if let Some(write) = job {
            self.set_job(write, now);
        }
        for job in new_jobs {
            let time = self.next_job_time(now);
            if let Some(since) = job.due.since(counts_from(now, time)) {
                self.waits.insert(job.id, since);
            }
            self.jobs.insert(job.id, StoredJob::enqueued(job, now, time));
        }
        for effect in effects {
            self.effects.insert((effect.owner, effect.name.clone()), effect);
        }
        if let Some(key) = commit.api_key {
            self.api_keys.insert(key.id.clone(), key);
        }
    }

    fn insert(&mut self, operation: Operation, event: Event) {
        let id = operation.id;
        let record = OperationRecord { operation, events: vec![event], item_errors: Vec::new() };
        self.operations.insert(id, record);
    }

    fn update(&mut self, operation: Operation, events: Vec<Event>, item_errors: Vec<ItemError>) {
        let Some(record) = self.operations.get_mut(&operation.id) else { return };
        record.operation = operation;
        record.item_errors.extend(item_errors);
        for event in events {
            if let Some(number) = event.drops_below() {
                record.events.retain(|kept| kept.number >= number);
            }
            record.events.push(event);
        }
    }

    /// Removes an operation with its events and item errors, and remembers that there was one.
    pub(super) fn bury(&mut self, id: OperationId, expires_at: Timestamp) {
        if let Some(record) = self.operations.remove(&id) {
            let tenant = record.operation.tenant;
            self.tombstones.insert(id, Tombstone { tenant, expires_at });
        }
    }

    fn set_job(&mut self, write: JobWrite, now: Timestamp) {
        let Some(set) = write.set else { return };
        let Some(mut job) = self.jobs.remove(&write.id) else { return };
        let time = if job::waits(&set.state) { self.next_job_time(now) } else { now };
        if matches!(set.state, NextState::Scheduled(_)) {
            self.waits.insert(job.id, counts_from(now, time));
        }
        job::apply(&mut job, set, now, time);
        let list = if job.state.is_finished() { &mut self.finished } else { &mut self.jobs };
        list.insert(job.id, job);
    }
}

const fn id_of(write: &OperationWrite) -> OperationId {
    match write {
        OperationWrite::Insert { operation, .. } | OperationWrite::Update { operation, .. } => {
            operation.id
        }
        OperationWrite::Delete { id, .. } => *id,
    }
}

fn once_key(tenant: &Tenant, once: &Once) -> OnceKey {
    (tenant.clone(), once.scope.clone(), once.key.clone())
}

/// The record of a key: it names the operation that is written with it.
fn record(once: &Once, operation: Option<OperationId>, now: Timestamp) -> OnceRecord {
    OnceRecord {
        scope: once.scope.clone(),
        key: once.key.clone(),
        fingerprint: once.fingerprint.clone(),
        operation,
        expires_at: now.after(once.keep),
    }
}
