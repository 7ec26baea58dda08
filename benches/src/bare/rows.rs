//! The rows that accepting one operation writes: made once as the service makes them, then
//! written again and again under new ids.

use deferral::core::commit::{ApiCommit, Commit, OperationWrite};
use deferral::core::{
    Clock as _, Event, JobId, NewJob, Operation, OperationId, SystemClock, Tenant,
};
use rehearsals::Rehearsal;
use rusqlite::{Connection, Statement, params};
use uuid::Uuid;

use crate::error::Error;
use crate::load::BODY;

pub(super) struct Rows<'c> {
    operation: Statement<'c>,
    event: Statement<'c>,
    job: Statement<'c>,
    jobs: Statement<'c>,
    batch: Statement<'c>,
    sample: Sample,
    writer: Uuid,
    /// How many transactions there were.
    number: i64,
    /// The time of the last job.
    time: i64,
}

struct Sample {
    operation: Box<Operation>,
    document: String,
    event: Event,
    event_document: String,
    job: NewJob,
}

/// What is new in each request. Made where requests come in: the writer is what everybody waits
/// for.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    pub(super) operation: Uuid,
    pub(super) job: Uuid,
}

impl Ids {
    pub(super) fn new() -> Self {
        let now = SystemClock.now();
        Self {
            operation: OperationId::new(now, rand::random()).as_uuid(),
            job: JobId::new(now, rand::random()).as_uuid(),
        }
    }
}

macro_rules! query {
    ($name:literal) => {
        include_str!(concat!("../../../crates/deferral-sqlite/queries/", $name, ".sql"))
    };
}

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, Error> {
        Ok(Self {
            operation: connection.prepare(query!("insert_operation"))?,
            event: connection.prepare(query!("insert_event"))?,
            job: connection.prepare(query!("insert_job"))?,
            jobs: connection.prepare(query!("count_jobs"))?,
            batch: connection.prepare(query!("note_batch"))?,
            sample: Sample::new()?,
            writer: Ids::new().operation,
            number: 0,
            time: 0,
        })
    }

    /// An operation, its first event and its job.
    pub(super) fn insert(&mut self, ids: Ids, input: &[u8]) -> rusqlite::Result<()> {
        let Sample { operation, document, event, event_document, job } = &self.sample;
        let (id, none) = (ids.operation, None::<String>);
        let (tenant, kind) = (operation.tenant.as_str(), operation.kind.as_str());
        let status = operation.status.as_str();
        self.operation.execute(params![
            id, tenant, kind, none, status, none, 1, false, none, none, document
        ])?;
        self.event.execute(params![id, event.number, event_document])?;
        self.time = SystemClock.now().as_micros().max(self.time + 1);
        self.job.execute(params![
            ids.job,
            tenant,
            id,
            job.queue.as_str(),
            kind,
            job.version,
            job.priority.0,
            "available",
            self.time,
            self.time,
            none,
            job.input.checksum(),
            input,
            none
        ])?;
        Ok(())
    }

    /// What is written once a transaction.
    pub(super) fn count(&mut self, jobs: usize) -> rusqlite::Result<()> {
        let job = &self.sample.job;
        let (queue, kind) = (job.queue.as_str(), job.kind.as_str());
        self.jobs.execute(params![queue, kind, job.version, "available", jobs as i64])?;
        self.number += 1;
        self.batch.execute(params![self.number, self.writer, self.time])?;
        Ok(())
    }
}

impl Sample {
    fn new() -> Result<Self, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::Rows(error.to_string());
        let (now, tenant) = (SystemClock.now(), Tenant::default());
        let script: Rehearsal = serde_json::from_str(BODY).map_err(|error| wrong(&error))?;
        let (id, job) = (OperationId::new(now, [7; 10]), JobId::new(now, [7; 10]));
        let job = NewJob::new(job, tenant.clone(), &script).map_err(|error| wrong(&error))?;
        let operation = Operation::accepted(id, tenant.clone(), job.kind.clone(), now);
        let commit: Commit = ApiCommit::new(tenant).accept(operation, job.clone(), now).into();
        let Some(OperationWrite::Insert { operation, event }) = commit.operation else {
            return Err(wrong(&"accepting inserts no operation"));
        };
        let document = serde_json::to_string(&operation).map_err(|error| wrong(&error))?;
        let event_document = serde_json::to_string(&event).map_err(|error| wrong(&error))?;
        Ok(Self { operation, document, event, event_document, job })
    }
}
