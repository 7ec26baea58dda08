//! Removes what is past its time, the oldest first.

use std::time::Duration;

use deferral_core::{Operation, PruneLimits, Pruned};
use rusqlite::params;

use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

/// So many owners are looked at in one go.
const OWNERS: i64 = 4000;

impl Transaction<'_> {
    /// At most `batch` of each sort.
    pub(crate) fn prune(&mut self, limits: PruneLimits) -> Result<Pruned, Failure> {
        let (now, batch) = (self.now.as_micros(), row::bound(limits.batch));
        let mut pruned = Pruned {
            jobs: self.prune_jobs(limits.jobs, batch)?,
            // Before operations: what remains of those shall last its time.
            tombstones: self.sql.execute(Query::PruneTombstones, params![now, batch])?,
            ..Pruned::default()
        };
        (pruned.operations, pruned.more) = self.prune_operations(&limits)?;
        pruned.once = self.sql.execute(Query::PruneOnce, params![now, batch])?;
        self.drop_effects()?;
        self.locks.sweep();
        Ok(pruned)
    }

    fn prune_jobs(&mut self, keep: Duration, batch: i64) -> Result<usize, Failure> {
        let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
        let until = self.now.as_micros().saturating_sub(keep);
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?));
        let jobs: Vec<(_, Vec<u8>)> =
            self.sql.rows(Query::PrunableJobs, params![until, batch], read)?;
        for (job, owner) in &jobs {
            self.sql.execute(Query::DeleteFinishedJob, [job])?;
            self.note_if_idle(owner)?;
        }
        Ok(jobs.len())
    }

    /// An operation is remembered from the end of its time on, however late it is removed.
    fn prune_operations(&mut self, limits: &PruneLimits) -> Result<(usize, bool), Failure> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(1)?, row::operation(row)));
        let params = params![self.now.as_micros(), row::bound(limits.batch)];
        let found = self.sql.rows(Query::PrunableOperations, params, read)?;
        let (mut removed, mut rows) = (0, 0);
        for (id, operation) in found {
            if rows >= limits.rows() {
                return Ok((removed, true));
            }
            match operation {
                Ok(Operation { id, tenant, expires_at: Some(at), .. }) => {
                    let forgotten_at = at.after(limits.tombstones);
                    rows += self.bury(id, tenant.as_str(), forgotten_at)?;
                    removed += 1;
                }
                Ok(_) => {}
                Err(failure) => self.quarantine(&id, &failure)?,
            }
        }
        Ok((removed, false))
    }

    /// Effects stay as long as their operation or a job of it does: an undo may outlive its
    /// operation, and must know what was done.
    fn drop_effects(&mut self) -> Result<(), Failure> {
        let owners: Vec<Vec<u8>> = self.sql.rows(Query::IdleOwners, [OWNERS], |row| row.get(0))?;
        for owner in owners {
            if !self.sql.is(Query::OwnerIsNeeded, [&owner])? {
                self.sql.execute(Query::DeleteEffects, [&owner])?;
            }
            self.sql.execute(Query::ForgetIdleOwner, [owner])?;
        }
        Ok(())
    }
}
