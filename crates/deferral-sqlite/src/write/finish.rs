//! Jobs that end together: what most commits of a busy worker are, in few statements.

use deferral_core::Tenant;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{params, params_from_iter};
use uuid::Uuid;

use crate::error::Failure;
use crate::query::Query;
use crate::transaction::Transaction;

/// The end of an attempt that leaves nothing but a completed job: the first one, without an
/// operation, effects or follow-ups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainFinish {
    pub(crate) job: Uuid,
    pub(crate) token: u64,
    pub(crate) tenant: Tenant,
}

impl PlainFinish {
    /// So many fit one statement.
    pub(crate) const MOST: usize = 16;
    /// From so many on it costs less than one after the other.
    pub(crate) const FEWEST: usize = 3;
}

impl Transaction<'_> {
    /// Whether this one may end together with others: all else that its end depends on is known.
    pub(crate) fn is_plain(&self, finish: &PlainFinish) -> bool {
        self.held.small(finish.job, &finish.tenant).is_some()
    }

    /// Completes all of these jobs, [`PlainFinish::MOST`] at most. False when one does not stand as
    /// its guard says: then what was written must be undone, and each be tried alone.
    pub(crate) fn finish_jobs(&mut self, finishes: &[PlainFinish]) -> Result<bool, Failure> {
        let at = self.now.as_micros();
        let none = || ToSqlOutput::Borrowed(ValueRef::Null);
        let mut values =
            [const { ToSqlOutput::Borrowed(ValueRef::Null) }; 2 * PlainFinish::MOST + 1];
        for (pair, finish) in values.chunks_exact_mut(2).zip(finishes) {
            let token = i64::try_from(finish.token).map_or_else(|_| none(), ToSqlOutput::from);
            pair.clone_from_slice(&[
                ToSqlOutput::Borrowed(ValueRef::Blob(finish.job.as_bytes())),
                token,
            ]);
        }
        values[2 * PlainFinish::MOST] = ToSqlOutput::from(at);
        let written = self.sql.execute(Query::FinishJobs, params_from_iter(values))?;
        if written != finishes.len() {
            return Ok(false);
        }
        for PlainFinish { job, token, tenant } in finishes {
            if self.sql.execute(Query::DeleteJob, params![job, token])? != 1 {
                return Ok(false);
            }
            if let Some(lane) = self.held.small(*job, tenant) {
                self.counts.leave(&lane.queue, &lane.kind, lane.version, "running");
            }
            self.held.end(*job);
        }
        Ok(true)
    }
}
