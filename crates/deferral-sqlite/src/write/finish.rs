//! Jobs that end together: what most commits of a busy worker are, in few statements.

use deferral_core::Tenant;
use rusqlite::params_from_iter;
use rusqlite::types::{ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::error::Failure;
use crate::held::SmallJob;
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
        let numbers = self.numbers(finishes);
        let written = self.move_to_finished(finishes, &numbers)?;
        if written != finishes.len()
            || self.sql.execute(Query::DeleteJobs, params_from_iter(numbers))? != written
        {
            return Ok(false);
        }
        for PlainFinish { job, tenant, .. } in finishes {
            if let Some(SmallJob { lane, .. }) = self.held.small(*job, tenant) {
                self.counts.leave(&lane.queue, &lane.kind, lane.version, "running");
            }
            self.held.end(*job);
        }
        Ok(true)
    }

    /// Where their rows were; none in the places that are left.
    fn numbers(&self, finishes: &[PlainFinish]) -> [Option<i64>; PlainFinish::MOST] {
        let mut numbers = [None; PlainFinish::MOST];
        for (number, PlainFinish { job, tenant, .. }) in numbers.iter_mut().zip(finishes) {
            *number = self.held.small(*job, tenant).map(|job| job.number);
        }
        numbers
    }

    /// How many of them stood as their guards say.
    fn move_to_finished(
        &mut self,
        finishes: &[PlainFinish],
        numbers: &[Option<i64>],
    ) -> Result<usize, Failure> {
        const NULL: ToSqlOutput<'_> = ToSqlOutput::Borrowed(ValueRef::Null);
        let mut values = [NULL; 3 * PlainFinish::MOST + 1];
        for ((ended, finish), number) in values.chunks_exact_mut(3).zip(finishes).zip(numbers) {
            ended[0] = number.map_or(NULL, ToSqlOutput::from);
            ended[1] = ToSqlOutput::Borrowed(ValueRef::Blob(finish.job.as_bytes()));
            ended[2] = i64::try_from(finish.token).map_or(NULL, ToSqlOutput::from);
        }
        values[3 * PlainFinish::MOST] = ToSqlOutput::from(self.now.as_micros());
        Ok(self.sql.execute(Query::FinishJobs, params_from_iter(values))?)
    }
}
