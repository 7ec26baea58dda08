//! The row of a job that does nothing, made once as the service makes it, then written again and
//! again under new ids.

use deferral::core::{Clock as _, JobId, NewJob, SystemClock};
use rusqlite::{Connection, Statement, params};

use super::super::nothing::Nothing;
use crate::error::Error;

pub(super) struct Rows<'c> {
    insert: Statement<'c>,
    count: Statement<'c>,
    note: Statement<'c>,
    sample: NewJob,
    time: i64,
    number: i64,
}

const INSERT: &str = "
    INSERT INTO jobs (id, tenant, queue, kind, version, priority, state, at, alone, token,
        attempts, crashes, suspect, cancel_requested, created_at, checksum, input)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'available', ?7, 0, 0, 0, 0, 0, 0, ?7, ?8, ?9)";
pub(super) const COUNT: &str = "
    INSERT INTO job_counts (queue, kind, version, state, jobs) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs";
pub(super) const NOTE: &str = "UPDATE last_batch SET number = ?1, job_time = ?2";

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, Error> {
        Ok(Self {
            insert: connection.prepare(INSERT)?,
            count: connection.prepare(COUNT)?,
            note: connection.prepare(NOTE)?,
            sample: Nothing { number: 0, sent_at: None }.new_job()?,
            time: SystemClock.now().as_micros(),
            number: 0,
        })
    }

    pub(super) fn insert(&mut self) -> Result<(), Error> {
        let job = &self.sample;
        let id = JobId::new(SystemClock.now(), rand::random()).as_uuid();
        self.time += 1;
        self.insert.execute(params![
            id,
            job.tenant.as_str(),
            job.queue.as_str(),
            job.kind.as_str(),
            job.version,
            job.priority.0,
            self.time,
            job.input.checksum(),
            job.input.bytes(),
        ])?;
        Ok(())
    }

    /// What is written once a transaction.
    pub(super) fn count(&mut self, jobs: i64) -> Result<(), Error> {
        let job = &self.sample;
        let (queue, kind) = (job.queue.as_str(), job.kind.as_str());
        self.count.execute(params![queue, kind, job.version, "available", jobs])?;
        self.number += 1;
        self.note.execute(params![self.number, self.time])?;
        Ok(())
    }
}
