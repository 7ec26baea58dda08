//! Jobs: how they must stand, and what they become.

use deferral_core::canary::{self, Canary};
use deferral_core::commit::{Guard, JobWrite};
use deferral_core::transition::{JobSet, NextState};
use deferral_core::{
    Due, JobId, OperationId, Refusal, Tenant, Timestamp, Token, WorkerId, counts_from,
};
use rusqlite::params;

use super::operation::wrote_one;
use crate::counts::Lane;
use crate::encode::EncodedJob;
use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

/// An input up to this size stands in the job's own row.
pub(super) const SMALL: usize = 1024;

/// A job as a commit found it.
pub(super) struct Standing {
    state: &'static str,
    token: i64,
    lane: Lane,
    has_large_input: bool,
    damaged: bool,
}

struct Found {
    standing: Standing,
    worker: Option<WorkerId>,
    is_owned: bool,
}

impl Transaction<'_> {
    /// The job, if it is this tenant's and stands as the guard says.
    ///
    /// A running attempt may write although its lease is over, as long as nobody took the job
    /// from it: what it did is better known than forgotten.
    pub(super) fn check_job(
        &mut self,
        tenant: &Tenant,
        write: &JobWrite,
    ) -> Result<Result<Standing, Refusal>, Failure> {
        if write.guard == Guard::Damaged {
            return self.check_damaged(write.id);
        }
        let Some(Found { standing, worker, .. }) =
            self.find_job(tenant, write.id)?.filter(|found| found.is_owned)
        else {
            return Ok(Err(Refusal::LeaseLost));
        };
        let state = match write.guard {
            Guard::Running(_) => standing.state == "running",
            Guard::Abandoned(_) => {
                standing.state == "running"
                    && (!self.is_live(worker)? || canary::is(Canary::RescueById))
            }
            Guard::Waiting(_) => matches!(standing.state, "scheduled" | "available"),
            Guard::Parked(_) => standing.state == "parked",
            Guard::Damaged => false,
        };
        let token = u64::try_from(standing.token).ok().map(Token);
        let stands = state && token.is_some_and(|token| write.fits(token));
        Ok(if stands { Ok(standing) } else { Err(Refusal::LeaseLost) })
    }

    /// The job, if it is gone, or parked and can't be read: whoever's it was.
    fn check_damaged(&mut self, id: JobId) -> Result<Result<Standing, Refusal>, Failure> {
        let read = |row: &rusqlite::Row<'_>| Ok((row::lossy(row, 7), row::job(row).is_err()));
        let stands = match self.sql.row(Query::Job, [id.as_uuid()], read)? {
            Some((state, damaged)) => damaged && state == "parked",
            None => true,
        };
        if !stands {
            return Ok(Err(Refusal::LeaseLost));
        }
        let lane = Lane { queue: String::new(), kind: String::new(), version: 0 };
        let damaged = true;
        Ok(Ok(Standing { state: "parked", token: 0, lane, has_large_input: false, damaged }))
    }

    fn is_live(&mut self, worker: Option<WorkerId>) -> Result<bool, Failure> {
        match worker {
            Some(worker) => Ok(self.live_worker(worker)?.is_some()),
            None => Ok(false),
        }
    }

    fn find_job(&mut self, tenant: &Tenant, id: JobId) -> Result<Option<Found>, Failure> {
        let read = |row: &rusqlite::Row<'_>| {
            let standing = Standing {
                state: row::unfinished_state(&row::lossy(row, 1)),
                token: row.get(2)?,
                lane: row::lane(row, 4),
                has_large_input: row.get(7)?,
                damaged: false,
            };
            // One that is none is nobody's.
            let worker = row.get(3).ok().map(WorkerId::from_uuid);
            Ok(Found { standing, worker, is_owned: row::lossy(row, 0) == tenant.as_str() })
        };
        Ok(self.sql.row(Query::StandingJob, [id.as_uuid()], read)?)
    }

    /// No job has an id that another has, finished or not, or that comes twice in one commit.
    pub(super) fn check_new_jobs(
        &mut self,
        jobs: &[EncodedJob],
    ) -> Result<Option<Refusal>, Failure> {
        for (place, EncodedJob { job, .. }) in jobs.iter().enumerate() {
            let twice = jobs[..place].iter().any(|earlier| earlier.job.id == job.id);
            if twice || self.sql.is(Query::JobIsTaken, [job.id.as_uuid()])? {
                return Ok(Some(Refusal::JobExists));
            }
        }
        Ok(None)
    }

    /// Writes a new job, with its place in the order of jobs.
    pub(super) fn insert_job(&mut self, encoded: &EncodedJob) -> Result<(), Failure> {
        let EncodedJob { job, checksum } = encoded;
        let time = self.next_job_time();
        let Wait { state, at, from } = waiting(job.due, self.now, time);
        let id = job.id.as_uuid();
        let operation = job.operation.map(OperationId::as_uuid);
        let bytes = job.input.bytes();
        let small = (bytes.len() <= SMALL).then_some(bytes);
        self.sql.execute(
            Query::InsertJob,
            params![
                id,
                job.tenant.as_str(),
                operation,
                job.queue.as_str(),
                job.kind.as_str(),
                job.version,
                job.priority.0,
                state,
                row::stored_time(at),
                time.as_micros(),
                job.trace,
                checksum,
                small,
                from.map(row::stored_time),
            ],
        )?;
        if small.is_none() {
            self.sql.execute(Query::InsertLargeInput, params![id, bytes])?;
        }
        self.counts.enter(job.queue.as_str(), job.kind.as_str(), job.version.into(), state);
        Ok(())
    }

    /// Makes a job that was checked what `set` says.
    pub(super) fn set_job(
        &mut self,
        id: JobId,
        set: &JobSet,
        job: &Standing,
    ) -> Result<(), Failure> {
        let now = self.now;
        if job.damaged {
            return self.set_damaged(id, set);
        }
        match &set.state {
            NextState::Same => self.note_job(id, set, job, false),
            NextState::Alone => self.note_job(id, set, job, job.state == "running"),
            NextState::Available => {
                let time = self.next_job_time();
                self.move_job(id, set, job, Wait { state: "available", at: time, from: None }, None)
            }
            NextState::Scheduled(delay) => {
                let time = self.next_job_time();
                self.move_job(id, set, job, waiting(Due::After(*delay), now, time), None)
            }
            NextState::Parked(reason) => {
                let parked = Wait { state: "parked", at: now, from: None };
                self.move_job(id, set, job, parked, Some(reason))
            }
            NextState::Completed => self.finish_job(id, set, job, "completed"),
            NextState::Failed => self.finish_job(id, set, job, "failed"),
            NextState::Canceled => self.finish_job(id, set, job, "canceled"),
        }
    }

    fn note_job(
        &mut self,
        id: JobId,
        set: &JobSet,
        job: &Standing,
        alone: bool,
    ) -> Result<(), Failure> {
        let id = id.as_uuid();
        let written = self.sql.execute(
            Query::NoteJob,
            params![
                id,
                job.state,
                job.token,
                set.attempts,
                set.crashes,
                set.crashed_since.map(Timestamp::as_micros),
                set.suspect,
                set.cancel_requested,
                set.last_error,
                alone,
            ],
        )?;
        wrote_one(written, "job", id)
    }

    fn move_job(
        &mut self,
        id: JobId,
        set: &JobSet,
        job: &Standing,
        Wait { state, at, from }: Wait,
        reason: Option<&String>,
    ) -> Result<(), Failure> {
        let id = id.as_uuid();
        let written = self.sql.execute(
            Query::MoveJob,
            params![
                id,
                job.state,
                job.token,
                set.attempts,
                set.crashes,
                set.crashed_since.map(Timestamp::as_micros),
                set.suspect,
                set.cancel_requested,
                set.last_error,
                state,
                row::stored_time(at),
                reason,
                from.map(row::stored_time),
            ],
        )?;
        self.counts.pass(&job.lane, job.state, state);
        wrote_one(written, "job", id)
    }

    fn finish_job(
        &mut self,
        job_id: JobId,
        set: &JobSet,
        job: &Standing,
        state: &'static str,
    ) -> Result<(), Failure> {
        let id = job_id.as_uuid();
        let written = self.sql.execute(
            Query::FinishJob,
            params![
                id,
                job.state,
                job.token,
                set.attempts,
                set.crashes,
                set.crashed_since.map(Timestamp::as_micros),
                set.suspect,
                set.cancel_requested,
                set.last_error,
                state,
                self.now.as_micros(),
            ],
        )?;
        wrote_one(written, "job", id)?;
        self.sql.execute(Query::DeleteJob, params![id, job.token])?;
        if job.has_large_input {
            self.sql.execute(Query::DeleteLargeInput, [id])?;
        }
        self.counts.leave(&job.lane.queue, &job.lane.kind, job.lane.version, job.state);
        self.held.end(id);
        Ok(())
    }
}

/// A job that is not running: in which state, for or since when, and what its wait counts from.
struct Wait {
    state: &'static str,
    at: Timestamp,
    from: Option<Timestamp>,
}

/// What is due already need not wait to be promoted.
fn waiting(due: Due, now: Timestamp, place: Timestamp) -> Wait {
    let begin = counts_from(now, place);
    let at = due.at(begin);
    if at <= begin {
        return Wait { state: "available", at: place, from: None };
    }
    Wait { state: "scheduled", at, from: due.since(begin) }
}
