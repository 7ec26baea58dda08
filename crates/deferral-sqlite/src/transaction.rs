//! The write transaction that a batch shares, and what its verbs need to know.

use std::sync::Arc;

use deferral_core::canary::{self, Canary};
use deferral_core::{ForwardStep, Timestamp};
use rusqlite::{Result, params};
use uuid::Uuid;

use crate::counts::Counts;
use crate::held::HeldJobs;
use crate::options::Synchronous;
use crate::query::Query;
use crate::registered::RegisteredKinds;
use crate::statements::Statements;
use crate::wake::Rings;
use crate::worker_locks::WorkerLocks;
use crate::write::damage::Patrol;

/// One write transaction after the other, on one connection.
///
/// The verbs stand in [`crate::write`]. Each checks before it writes, as far as it can, so that a
/// refusal leaves nothing to be undone.
pub(crate) struct Transaction<'c> {
    pub(crate) sql: Statements<'c>,
    /// The time of the transaction: one for the whole batch.
    pub(crate) now: Timestamp,
    pub(crate) counts: Counts,
    pub(crate) rings: Rings,
    pub(crate) kinds: RegisteredKinds,
    pub(crate) held: HeldJobs,
    pub(crate) locks: Arc<WorkerLocks>,
    pub(crate) patrol: Patrol,
    /// The clock was set forward, and the leases do not know yet.
    pub(crate) step: Option<ForwardStep>,
    flush: Option<Synchronous>,
    last: LastBatch,
    job_time: i64,
    changes: u64,
}

/// No clock goes back by more than a thousand years, in microseconds.
const AHEAD: i64 = 1000 * 365 * 24 * 3600 * 1_000_000;

/// The last batch that anybody wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastBatch {
    pub(crate) number: i64,
    pub(crate) writer: Uuid,
}

impl LastBatch {
    /// The number of the next one. A number that is torn must not end all writing.
    pub(crate) fn next(self) -> i64 {
        self.number.checked_add(1).unwrap_or(1)
    }
}

/// Where a transaction stood, to go back there.
pub(crate) struct Mark {
    counts: Counts,
    rings: Rings,
    job_time: i64,
}

impl<'c> Transaction<'c> {
    /// None has begun yet.
    pub(crate) fn new(sql: Statements<'c>, locks: Arc<WorkerLocks>) -> Self {
        Self {
            sql,
            now: Timestamp::EPOCH,
            counts: Counts::default(),
            rings: Rings::default(),
            kinds: RegisteredKinds::default(),
            held: HeldJobs::default(),
            locks,
            patrol: Patrol::default(),
            step: None,
            flush: None,
            last: LastBatch { number: 0, writer: Uuid::nil() },
            job_time: i64::MIN,
            changes: 0,
        }
    }

    /// Says how the next transactions are flushed to the disk.
    pub(crate) fn flush(&mut self, how: Synchronous) -> Result<()> {
        let how = if canary::is(Canary::UnflushedCommit) { Synchronous::Normal } else { how };
        if self.flush != Some(how) {
            self.flush = None;
            self.sql.connection().pragma_update(None, "synchronous", how.pragma())?;
            self.flush = Some(how);
        }
        Ok(())
    }

    /// Takes the write lock of the file, waiting for other processes.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.sql.connection().execute_batch("BEGIN IMMEDIATE")?;
        self.counts.clear();
        self.rings = Rings::default();
        self.changes = self.written();
        let last = self.sql.row(Query::LastBatch, [], |row| {
            let writer = Uuid::from_slice(row.get_ref(1)?.as_blob()?).unwrap_or_default();
            Ok((LastBatch { number: row.get(0)?, writer }, row.get(2)?))
        })?;
        // The row is written with the schema; should it be gone, numbers begin anew.
        let first = (LastBatch { number: 0, writer: Uuid::nil() }, i64::MIN);
        (self.last, self.job_time) = last.unwrap_or(first);
        Ok(())
    }

    /// Lets leases outlive a step of the clock, before anybody compares them.
    pub(crate) fn outlive_step(&mut self) -> Result<()> {
        let Some(ForwardStep { lived_after, unseen }) = self.step else { return Ok(()) };
        let unseen = i64::try_from(unseen.as_micros()).unwrap_or(i64::MAX);
        let params = params![self.now.as_micros(), lived_after.as_micros(), unseen];
        self.sql.execute(Query::OutliveStep, params)?;
        Ok(())
    }

    /// The last batch before this one.
    pub(crate) const fn last(&self) -> LastBatch {
        self.last
    }

    /// Writes what is kept once per batch, if anything was written. Its number, or none.
    pub(crate) fn seal(&mut self, writer: Uuid) -> Result<Option<i64>> {
        if self.written() == self.changes {
            return Ok(None);
        }
        self.counts.write(&mut self.sql)?;
        let number = self.last.next();
        self.note(number, writer)?;
        Ok(Some(number))
    }

    /// Writes into the transaction which one it is.
    pub(crate) fn note(&mut self, number: i64, writer: Uuid) -> Result<()> {
        let params = params![number, writer, self.job_time];
        self.sql.execute(Query::NoteBatch, params)?;
        Ok(())
    }

    /// Makes all of it durable.
    pub(crate) fn commit(&self) -> Result<()> {
        self.sql.connection().execute_batch("COMMIT")
    }

    /// Undoes all of it.
    pub(crate) fn roll_back(&self) -> Result<()> {
        if self.is_open() { self.sql.connection().execute_batch("ROLLBACK") } else { Ok(()) }
    }

    /// Whether SQLite has not rolled it back by itself.
    pub(crate) fn is_open(&self) -> bool {
        !self.sql.connection().is_autocommit()
    }

    /// How many rows this connection ever wrote.
    pub(crate) fn written(&self) -> u64 {
        self.sql.connection().total_changes()
    }

    /// The time of the next job that is written: later than that of any before it, so that jobs
    /// keep the order in which they were written.
    pub(crate) fn next_job_time(&mut self) -> Timestamp {
        let now = self.now.as_micros();
        // One so far ahead is torn, and would leave no room for those that follow.
        let last = if self.job_time.saturating_sub(now) < AHEAD { self.job_time } else { now };
        self.job_time = last.saturating_add(1).max(now);
        Timestamp::from_micros(self.job_time)
    }

    /// Begins a part that can be undone alone.
    pub(crate) fn mark(&self) -> Result<Mark> {
        self.sql.connection().execute_batch("SAVEPOINT request")?;
        Ok(Mark { counts: self.counts.clone(), rings: self.rings, job_time: self.job_time })
    }

    /// Ends the part, and keeps it.
    pub(crate) fn release(&self) -> Result<()> {
        self.sql.connection().execute_batch("RELEASE request")
    }

    /// Undoes the part.
    pub(crate) fn rewind(&mut self, mark: Mark) -> Result<()> {
        self.sql.connection().execute_batch("ROLLBACK TO request; RELEASE request")?;
        self.counts = mark.counts;
        self.rings = mark.rings;
        self.job_time = mark.job_time;
        self.kinds.clear();
        Ok(())
    }
}
