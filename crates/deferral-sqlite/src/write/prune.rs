//! Removes what is past its time, the oldest first.

use std::time::Duration;

use deferral_core::{OperationId, PruneLimits, Pruned, Timestamp};
use rusqlite::params;
use uuid::Uuid;

use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

impl Transaction<'_> {
    /// At most `batch` of each sort.
    pub(crate) fn prune(&mut self, limits: PruneLimits) -> Result<Pruned, Failure> {
        let (now, batch) = (self.now.as_micros(), row::bound(limits.batch));
        let pruned = Pruned {
            jobs: self.prune_jobs(limits.jobs, batch)?,
            // Before operations: what remains of those shall last its time.
            tombstones: self.sql.execute(Query::PruneTombstones, params![now, batch])?,
            operations: self.prune_operations(limits.tombstones, batch)?,
            once: self.sql.execute(Query::PruneOnce, params![now, batch])?,
        };
        self.drop_effects()?;
        self.locks.sweep();
        Ok(pruned)
    }

    fn prune_jobs(&mut self, keep: Duration, batch: i64) -> Result<usize, Failure> {
        let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
        let until = self.now.as_micros().saturating_sub(keep);
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?));
        let jobs: Vec<(_, Uuid)> =
            self.sql.rows(Query::PrunableJobs, params![until, batch], read)?;
        for (job, owner) in &jobs {
            self.sql.execute(Query::DeleteFinishedJob, [job])?;
            self.note_if_idle(*owner)?;
        }
        Ok(jobs.len())
    }

    /// An operation is remembered from the end of its time on, however late it is removed.
    fn prune_operations(&mut self, remember: Duration, batch: i64) -> Result<usize, Failure> {
        let read = |row: &rusqlite::Row<'_>| {
            let id = OperationId::from_uuid(row.get(0)?);
            Ok((id, row.get::<_, String>(1)?, Timestamp::from_micros(row.get(2)?)))
        };
        let params = params![self.now.as_micros(), batch];
        let operations = self.sql.rows(Query::PrunableOperations, params, read)?;
        for (id, tenant, expires_at) in &operations {
            self.bury(*id, tenant, expires_at.after(remember))?;
        }
        Ok(operations.len())
    }

    /// Effects stay as long as their operation or a job of it does: an undo may outlive its
    /// operation, and must know what was done.
    fn drop_effects(&mut self) -> Result<(), Failure> {
        let owners: Vec<Uuid> = self.sql.rows(Query::IdleOwners, [], |row| row.get(0))?;
        if owners.is_empty() {
            return Ok(());
        }
        for owner in owners {
            if !self.sql.is(Query::OwnerIsNeeded, [owner])? {
                self.sql.execute(Query::DeleteEffects, [owner])?;
            }
        }
        self.sql.execute(Query::ClearIdleOwners, [])?;
        Ok(())
    }
}
