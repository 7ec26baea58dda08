//! Workers: whose lease lives, and whose is over.

use std::time::Duration;

use deferral_core::canary::{self, Canary};
use deferral_core::{Heartbeat, JobId, NewWorker, Timestamp, Token, WorkerId};
use rusqlite::params;

use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

/// A lease is no longer than a hundred years, in microseconds.
const LONGEST_LEASE: u64 = 100 * 365 * 24 * 3600 * 1_000_000;

impl Transaction<'_> {
    /// Makes a worker known. Its lock is taken first: a worker that can be seen holds it.
    pub(crate) fn register(&mut self, worker: &NewWorker) -> Result<Timestamp, Failure> {
        self.locks
            .take(worker.id)
            .map_err(|error| Failure::File(format!("the lock of worker {}", worker.id), error))?;
        let expires_at = self.now.after(worker.lease);
        let lease = u64::try_from(worker.lease.as_micros()).unwrap_or(LONGEST_LEASE);
        let lease = row::number(lease.min(LONGEST_LEASE));
        let queues = serde_json::to_string(&worker.queues);
        let kinds = serde_json::to_string(&worker.kinds);
        let (Ok(queues), Ok(kinds)) = (queues, kinds) else {
            return Err(Failure::unreadable("worker", "its queues and kinds have no JSON"));
        };
        self.kinds.forget(worker.id);
        self.sql.execute(
            Query::RegisterWorker,
            params![
                worker.id.as_uuid(),
                worker.name,
                queues,
                kinds,
                lease,
                expires_at.as_micros(),
            ],
        )?;
        Ok(expires_at)
    }

    /// Until when the leases of a worker live and how long they are, unless they are over.
    pub(super) fn live_worker(
        &mut self,
        worker: WorkerId,
    ) -> Result<Option<(Timestamp, Duration)>, Failure> {
        let params = params![worker.as_uuid(), self.now.as_micros()];
        let found = self.sql.row(Query::LiveWorker, params, |row| {
            Ok((Timestamp::from_micros(row.get(0)?), row.get::<_, i64>(1)?))
        })?;
        let Some((expires_at, lease)) = found else { return Ok(None) };
        match u64::try_from(lease) {
            Ok(lease) if lease <= LONGEST_LEASE => {
                Ok(Some((expires_at, Duration::from_micros(lease))))
            }
            _ => {
                let failure = Failure::unreadable("its lease", format!("{lease} is none"));
                self.fence_unreadable(worker, &failure)?;
                Ok(None)
            }
        }
    }

    /// Renews the leases of a worker and tells what became of the jobs it holds.
    pub(crate) fn heartbeat(
        &mut self,
        worker: WorkerId,
        held: &[(JobId, Token)],
    ) -> Result<Option<Heartbeat>, Failure> {
        let Some((_, lease)) = self.live_worker(worker)? else {
            return Ok(canary::is(Canary::HeartbeatWithoutToken).then(|| confirmed(self.now)));
        };
        let id = worker.as_uuid();
        let expires_at = self.now.after(lease);
        let params = params![id, self.now.as_micros(), expires_at.as_micros()];
        self.sql.execute(Query::RenewWorker, params)?;
        let mut heartbeat = confirmed(expires_at);
        for (job, token) in held {
            let params = params![job.as_uuid(), id, token.0];
            match self.sql.row(Query::HeldJob, params, |row| row.get(0))? {
                None if canary::is(Canary::HeartbeatWithoutToken) => {}
                None => heartbeat.lost.push(*job),
                Some(true) => heartbeat.cancel_requested.push(*job),
                Some(false) => {}
            }
        }
        Ok(Some(heartbeat))
    }

    /// Forgets a worker that left. What it still held is abandoned at once.
    pub(crate) fn leave(&mut self, worker: WorkerId) -> Result<(), Failure> {
        self.forget(worker)?;
        self.locks.free(worker);
        Ok(())
    }

    fn forget(&mut self, worker: WorkerId) -> Result<(), Failure> {
        self.kinds.forget(worker);
        self.sql.execute(Query::ForgetWorker, [worker.as_uuid()])?;
        Ok(())
    }

    /// Forgets the workers whose processes are dead, so that nobody waits for their leases.
    pub(crate) fn forget_dead(&mut self) -> Result<(), Failure> {
        if self.sql.execute(Query::ForgetUnreadableWorkers, [])? > 0 {
            tracing::error!("Forgot workers whose ids can't be read");
        }
        let ids = self.sql.rows(Query::WorkerIds, [], |row| row.get(0))?;
        for worker in ids.into_iter().map(WorkerId::from_uuid) {
            if self.locks.is_freed(worker) {
                tracing::warn!(%worker, "The process of worker {worker} is dead");
                self.forget(worker)?;
                self.locks.remove(worker);
            }
        }
        Ok(())
    }

    /// Who leads stays leader until the lease it had when it last asked is over, or until it is
    /// known to be gone.
    pub(crate) fn lead(&mut self, worker: WorkerId) -> Result<bool, Failure> {
        let Some((_, lease)) = self.live_worker(worker)? else { return Ok(false) };
        let leader = self.sql.row(Query::Leader, [], |row| {
            let id = row.get(0).ok().map(WorkerId::from_uuid);
            Ok((id, Timestamp::from_micros(row.get(1)?)))
        })?;
        // One whose id can't be read leads nobody.
        if let Some((Some(leader), until)) = leader
            && leader != worker
            && self.now < until
            && self.live_worker(leader)?.is_some()
            // Only a leader looks for the dead: one that is dead itself must not be waited for.
            && !self.locks.is_freed(leader)
        {
            return Ok(false);
        }
        let until = self.now.after(lease).as_micros();
        self.sql.execute(Query::TakeLead, params![worker.as_uuid(), until])?;
        Ok(true)
    }
}

/// All leases live until then.
const fn confirmed(expires_at: Timestamp) -> Heartbeat {
    Heartbeat { expires_at, lost: Vec::new(), cancel_requested: Vec::new() }
}
