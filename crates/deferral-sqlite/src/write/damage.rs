//! Rows that can't be read: set aside with their bytes, told to people, and in nobody's way.

use deferral_core::transition::{JobSet, NextState, after_set_aside};
use deferral_core::{JobId, Operation, SetAside, WorkerId};
use rusqlite::params;
use rusqlite::types::{ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::counts::Lane;
use crate::encode::{EncodedCommit, OperationRow};
use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

/// So many jobs, and so many operations, are looked at in one go by who looks for rot.
const LOOKS: i64 = 32;

/// Where the look for rot goes on: behind this job, and behind this operation of this tenant and
/// status.
#[derive(Debug)]
pub(crate) struct Patrol {
    job: i64,
    operation: (Vec<u8>, Vec<u8>, Vec<u8>),
}

impl Default for Patrol {
    fn default() -> Self {
        Self { job: i64::MIN, operation: <_>::default() }
    }
}

impl Transaction<'_> {
    /// Parks a row that can't be read, with its bytes, so that nobody runs into it again; and calls
    /// a person to its operation.
    pub(super) fn set_aside(
        &mut self,
        id: &[u8],
        state: &str,
        reason: &str,
    ) -> Result<(), Failure> {
        tracing::error!(job = row::readable_id(id), reason, "Set aside a job that can't be read");
        let lane = self.lane(id)?;
        let reason = format!("its row can't be read: {reason}");
        let params = params![id, state, self.now.as_micros(), reason];
        let parked = self.sql.execute(Query::SetAsideJob, params)?;
        if let Some(lane) = lane.filter(|_| parked == 1) {
            self.counts.pass(&lane, row::unfinished_state(state), "parked");
        }
        self.call_person(id, &reason)
    }

    /// Calls a person to the operation of a job that can't be read, where that is known.
    fn call_person(&mut self, id: &[u8], reason: &str) -> Result<(), Failure> {
        let Ok(job) = Uuid::from_slice(id).map(JobId::from_uuid) else { return Ok(()) };
        let named = self.sql.row(Query::JobLane, [id], |row| row.get::<_, Option<Vec<u8>>>(3))?;
        let Some(operation) = named.flatten() else { return Ok(()) };
        let read = |row: &rusqlite::Row<'_>| Ok(row::operation(row));
        match self.sql.row(Query::FindOperation, [operation], read)? {
            Some(Ok(operation)) => self.call_person_to(&operation, job, reason),
            // Whoever asks for an operation that can't be read is told so.
            Some(Err(_)) | None => Ok(()),
        }
    }

    fn call_person_to(
        &mut self,
        operation: &Operation,
        job: JobId,
        reason: &str,
    ) -> Result<(), Failure> {
        let Some(commit) = after_set_aside(operation, job, reason, self.now) else { return Ok(()) };
        let encoded = EncodedCommit::new(commit.into());
        let encoded =
            encoded.map_err(|error| Failure::unreadable("a commit", error.to_string()))?;
        if let Err(refusal) = self.write_commit(&encoded)? {
            tracing::error!(operation.id = %operation.id, %refusal, "Nobody could be called");
        }
        Ok(())
    }

    /// A worker whose row can't be read registers anew.
    pub(super) fn fence_unreadable(
        &mut self,
        worker: WorkerId,
        failure: &Failure,
    ) -> Result<(), Failure> {
        tracing::error!(worker.id = %worker, ?failure, "A worker's row can't be read; fences it");
        self.kinds.forget(worker);
        self.sql.execute(Query::FenceWorker, [worker.as_uuid()])?;
        Ok(())
    }

    /// An operation that can't be read is not met for ever by what looks for its time; its document
    /// stays as it is, and whoever asks for it is told.
    pub(super) fn quarantine(&mut self, id: &[u8], failure: &Failure) -> Result<(), Failure> {
        let operation = row::readable_id(id);
        tracing::error!(operation, ?failure, "An operation can't be read; it is kept as it is");
        self.sql.execute(Query::QuarantineOperation, [id])?;
        Ok(())
    }

    /// What somebody seeks by is made what the document says.
    pub(super) fn correct(&mut self, row: &OperationRow) -> Result<(), Failure> {
        let operation = &row.operation;
        tracing::error!(operation.id = %operation.id, "What an operation is found by was torn");
        self.sql.execute(
            Query::CorrectOperation,
            params![
                operation.id.as_uuid(),
                operation.tenant.as_str(),
                operation.kind.as_str(),
                operation.correlation,
                operation.status.as_str(),
                operation.stage,
                operation.version,
                operation.attention.is_some(),
                row.gate_expires_at().map(row::stored_time),
                operation.expires_at.map(row::stored_time),
            ],
        )?;
        Ok(())
    }

    /// Looks at a few rows more, so that what is damaged is found although nobody claims, promotes
    /// or asks for it.
    pub(crate) fn patrol(&mut self) -> Result<(), Failure> {
        self.patrol_jobs()?;
        self.patrol_operations()
    }

    fn patrol_jobs(&mut self) -> Result<(), Failure> {
        let found = self.sql.rows(Query::NextJobs, params![self.patrol.job, LOOKS], |row| {
            let number: i64 = row.get(23)?;
            Ok((number, row.get::<_, Vec<u8>>(0)?, row::lossy(row, 7), row::job(row)))
        })?;
        self.patrol.job = next(&found, LOOKS, |(number, ..)| *number).unwrap_or(i64::MIN);
        for (_, id, state, job) in found {
            // What runs is looked at when it ends, or when its worker is gone.
            let Err(SetAside { reason, .. }) = job else { continue };
            match state.as_str() {
                "running" => {}
                "parked" => self.call_person(&id, &reason)?,
                state => self.set_aside(&id, state, &reason)?,
            }
        }
        Ok(())
    }

    fn patrol_operations(&mut self) -> Result<(), Failure> {
        let (tenant, status, id) = &self.patrol.operation;
        let (tenant, status) = (as_text(tenant), as_text(status));
        let params = params![tenant, status, id, LOOKS];
        let found = self.sql.rows(Query::NextOperations, params, |row| {
            let (id, tenant): (Vec<u8>, _) = (row.get(1)?, row.get_ref(2)?.as_bytes()?.to_vec());
            let place = (tenant, row.get_ref(5)?.as_bytes()?.to_vec(), id);
            Ok((place, row::operation(row), row::columns_of(row)))
        })?;
        self.patrol.operation =
            next(&found, LOOKS, |(place, ..)| place.clone()).unwrap_or_default();
        for ((.., id), operation, columns) in found {
            match operation {
                Ok(operation) => self.look_at(operation, &columns)?,
                Err(failure) if columns.attention => tracing::debug!(?failure, "Still damaged"),
                Err(failure) => self.quarantine(&id, &failure)?,
            }
        }
        Ok(())
    }

    /// An operation that is not finished is carried by a job that can be read, or waits for a
    /// person.
    fn look_at(&mut self, operation: Operation, columns: &row::Columns) -> Result<(), Failure> {
        let row = as_row(operation)?;
        if !columns.are_of(&row) {
            self.correct(&row)?;
        }
        let operation = *row.operation;
        let Some(job) = operation.job.filter(|_| operation.attention.is_none()) else {
            return Ok(());
        };
        let id = job.as_uuid();
        let reason = match self.sql.row(Query::Job, [id], |row| Ok(row::job(row)))? {
            Some(Ok(job)) if job.operation == Some(operation.id) => return Ok(()),
            Some(Ok(_)) => "it is not this operation's".to_owned(),
            Some(Err(SetAside { .. })) if self.runs(id)? => return Ok(()),
            Some(Err(SetAside { reason, .. })) => reason,
            None => "it is gone".to_owned(),
        };
        self.call_person_to(&operation, job, &reason)
    }

    fn runs(&mut self, id: Uuid) -> Result<bool, Failure> {
        let state = self.sql.row(Query::StandingJob, [id], |row| Ok(row::lossy(row, 1)))?;
        Ok(state.as_deref() == Some("running"))
    }

    /// Ends a job that can't be read, or has it read again, as a person said. It is only parked,
    /// and still unreadable, when [`check_job`](Self::check_job) let it through.
    pub(super) fn set_damaged(&mut self, id: JobId, set: &JobSet) -> Result<(), Failure> {
        let id = id.as_uuid();
        let lane = self.lane(id.as_bytes())?;
        match set.state {
            NextState::Available => {
                let at = self.next_job_time().as_micros();
                let written = self.sql.execute(Query::ReadDamagedAgain, params![id, at])?;
                if let Some(lane) = lane.filter(|_| written == 1) {
                    self.counts.pass(&lane, "parked", "available");
                }
                self.rings.jobs = true;
            }
            NextState::Failed => {
                let params = params![id, set.last_error, self.now.as_micros()];
                self.sql.execute(Query::GiveUpDamaged, params)?;
                self.sql.execute(Query::DropJob, [id])?;
                self.sql.execute(Query::DeleteLargeInput, [id])?;
                if let Some(lane) = lane {
                    self.counts.leave(&lane.queue, &lane.kind, lane.version, "parked");
                }
            }
            // Something else was said: the job stays as it is.
            _ => {}
        }
        Ok(())
    }

    /// Where a job is counted, whatever stands there.
    fn lane(&mut self, id: &[u8]) -> Result<Option<Lane>, Failure> {
        Ok(self.sql.row(Query::JobLane, [id], |row| Ok(row::lane(row, 0)))?)
    }
}

/// An operation as it is written.
pub(super) fn as_row(operation: Operation) -> Result<OperationRow, Failure> {
    let row = OperationRow::new(Box::new(operation));
    row.map_err(|error| Failure::unreadable("a document", error.to_string()))
}

/// Where to go on: behind the last row. None when there were no more, to begin again.
fn next<T, P>(found: &[T], limit: i64, place: impl Fn(&T) -> P) -> Option<P> {
    let full = i64::try_from(found.len()).is_ok_and(|found| found >= limit);
    found.last().filter(|_| full).map(place)
}

/// Bytes as SQLite compares text: whatever they are.
const fn as_text(bytes: &[u8]) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(bytes))
}
