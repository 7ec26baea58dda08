//! What time brings about: jobs become due, leases and gates run out, what is old is removed.

use std::collections::BTreeSet;

use deferral_core::{
    Effect, ExpiredLease, GateState, JobId, JobState, Operation, OperationId, Overdue, PruneLimits,
    Pruned, Status, StoredJob, Timestamp, counted_anew,
};
use uuid::Uuid;

use super::state::{OnceKey, OperationRecord, State};

impl State {
    /// Makes due jobs available, the most overdue first. A job waits since it was due, so that a
    /// late promotion does not cost it its place.
    pub(super) fn promote(&mut self, limit: usize, now: Timestamp) -> (usize, Option<Timestamp>) {
        self.count_anew(limit, now);
        let due = |job: &StoredJob| match job.state {
            JobState::Scheduled { at } => Some((at, job.id)),
            _ => None,
        };
        let mut scheduled: Vec<(Timestamp, JobId)> = self.jobs.values().filter_map(due).collect();
        scheduled.sort_unstable();
        let ready = scheduled.iter().take(limit).take_while(|(at, _)| *at <= now).count();
        for (at, id) in &scheduled[..ready] {
            if let Some(job) = self.jobs.get_mut(id) {
                job.state = JobState::Available { since: *at };
            }
        }
        (ready, scheduled.get(ready).map(|(at, _)| *at))
    }

    /// Has waits end as if they began now whose beginning lies ahead, since the clock was set back.
    fn count_anew(&mut self, limit: usize, now: Timestamp) {
        let jobs = &self.jobs;
        self.waits.retain(|id, _| jobs.contains_key(id));
        let mut ahead: Vec<(Timestamp, JobId)> =
            self.waits.iter().map(|(id, since)| (*since, *id)).collect();
        ahead.retain(|(since, id)| *since > now && self.due_at(*id).is_some());
        ahead.sort_unstable();
        for (since, id) in ahead.into_iter().take(limit) {
            let anew = self.due_at(id).and_then(|at| counted_anew(at, since, now));
            if let (Some(at), Some(job)) = (anew, self.jobs.get_mut(&id)) {
                job.state = JobState::Scheduled { at };
                self.waits.insert(id, now);
            }
        }
    }

    /// When the job is due, if it is scheduled.
    fn due_at(&self, id: JobId) -> Option<Timestamp> {
        match self.jobs.get(&id)?.state {
            JobState::Scheduled { at } => Some(at),
            _ => None,
        }
    }

    /// Fences every worker whose lease is over, and tells what they held, by id, and which gates
    /// were open too long, the oldest first.
    pub(super) fn overdue(&mut self, limit: usize, now: Timestamp) -> Overdue {
        for worker in self.workers.values_mut() {
            worker.fenced |= worker.expires_at <= now;
            // One that ends later than if it were renewed now was given before a step of the clock.
            worker.expires_at = worker.expires_at.min(now.after(worker.worker.lease));
        }
        let abandoned = |job: &&StoredJob| match job.state {
            JobState::Running { worker, .. } => !self.is_live(worker, now),
            _ => false,
        };
        let leases = self.jobs.values().filter(abandoned).take(limit);
        let mut gates: Vec<(Timestamp, &Operation)> =
            self.operations.values().filter_map(|record| closing(&record.operation)).collect();
        gates.retain(|(at, _)| *at <= now);
        gates.sort_by_key(|(at, operation)| (*at, operation.id));
        Overdue {
            leases: leases.map(|job| self.expired_lease(job)).collect(),
            gates: gates.into_iter().take(limit).map(|(_, operation)| operation.clone()).collect(),
        }
    }

    fn expired_lease(&self, job: &StoredJob) -> ExpiredLease {
        let operation = job.operation.and_then(|id| self.owned(&job.tenant, id));
        let operation = operation.map(|record| &record.operation);
        ExpiredLease {
            job: job.clone(),
            operation: operation.filter(|operation| operation.job == Some(job.id)).cloned(),
            token: job.token,
        }
    }

    /// Removes what is past its time, the oldest first, at most `batch` of each sort.
    pub(super) fn prune(&mut self, limits: PruneLimits, now: Timestamp) -> Pruned {
        let mut pruned = Pruned {
            jobs: self.prune_jobs(limits, now),
            // Before operations: what remains of those shall last its time.
            tombstones: self.prune_tombstones(limits, now),
            ..Pruned::default()
        };
        (pruned.operations, pruned.more) = self.prune_operations(limits, now);
        pruned.once = self.prune_once(limits, now);
        self.drop_effects();
        pruned
    }

    fn prune_jobs(&mut self, limits: PruneLimits, now: Timestamp) -> usize {
        let finished = self.finished.values().filter_map(|job| Some((finished_at(job)?, job.id)));
        let over = finished.map(|(at, id)| (at.after(limits.jobs), id));
        let old: Vec<JobId> = first_over(over, limits.batch, now);
        old.iter().filter(|id| self.finished.remove(id).is_some()).count()
    }

    fn prune_tombstones(&mut self, limits: PruneLimits, now: Timestamp) -> usize {
        let over = self.tombstones.iter().map(|(id, stone)| (stone.expires_at, *id));
        let old: Vec<OperationId> = first_over(over, limits.batch, now);
        old.iter().filter(|id| self.tombstones.remove(id).is_some()).count()
    }

    /// An operation is remembered from the end of its time on, however late it is removed.
    fn prune_operations(&mut self, limits: PruneLimits, now: Timestamp) -> (usize, bool) {
        let all = self.operations.values().map(|record| &record.operation);
        let over = all.filter_map(|operation| Some((operation.expires_at?, operation.id)));
        let old: Vec<(Timestamp, OperationId)> =
            first_over(over.map(|(at, id)| (at, (at, id))), limits.batch, now);
        let (mut removed, mut rows) = (0, 0);
        for (at, id) in &old {
            if rows >= limits.rows() {
                return (removed, true);
            }
            rows += self.operations.get(id).map_or(0, OperationRecord::rows);
            self.bury(*id, at.after(limits.tombstones));
            removed += 1;
        }
        (removed, false)
    }

    fn prune_once(&mut self, limits: PruneLimits, now: Timestamp) -> usize {
        // One whose operation is still there may be held by it.
        let held = |id: &OperationId| self.operations.contains_key(id);
        let free =
            self.once.iter().filter(|(_, record)| !record.operation.as_ref().is_some_and(held));
        let over = free.map(|(key, record)| (record.expires_at, key.clone()));
        let old: Vec<OnceKey> = first_over(over, limits.batch, now);
        old.iter().filter(|key| self.once.remove(key).is_some()).count()
    }

    /// Effects stay as long as their operation or a job of it does: an undo may outlive its
    /// operation, and must know what was done.
    fn drop_effects(&mut self) {
        let jobs = self.jobs.values().chain(self.finished.values());
        let jobs = jobs.map(|job| Effect::owner(job.operation, job.id));
        let operations = self.operations.keys().map(|id| id.as_uuid());
        let owners: BTreeSet<Uuid> = jobs.chain(operations).collect();
        self.effects.retain(|(owner, _), _| owners.contains(owner));
    }
}

/// When the gate of a held operation closes by itself.
fn closing(operation: &Operation) -> Option<(Timestamp, &Operation)> {
    let gate = operation.gate.as_ref().filter(|gate| gate.state == GateState::Pending)?;
    let waits = operation.status == Status::AwaitingConfirmation;
    gate.expires_at.filter(|_| waits).map(|at| (at, operation))
}

const fn finished_at(job: &StoredJob) -> Option<Timestamp> {
    match job.state {
        JobState::Completed { at } | JobState::Failed { at } | JobState::Canceled { at } => {
            Some(at)
        }
        _ => None,
    }
}

/// The first `batch` whose time is over.
fn first_over<T: Ord>(
    all: impl Iterator<Item = (Timestamp, T)>,
    batch: usize,
    now: Timestamp,
) -> Vec<T> {
    let mut over: Vec<(Timestamp, T)> = all.filter(|(at, _)| *at <= now).collect();
    over.sort_unstable();
    over.into_iter().take(batch).map(|(_, what)| what).collect()
}
