//! What time brings about: jobs become due, leases and gates run out.

use deferral_core::{ExpiredLease, Operation, Overdue, SetAside, Timestamp, counted_anew};
use rusqlite::params;

use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

use super::damage::as_row;

impl Transaction<'_> {
    /// Makes due jobs available, the most overdue first.
    pub(crate) fn promote(&mut self, limit: usize) -> Result<(usize, Option<Timestamp>), Failure> {
        self.count_anew(limit)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok((Timestamp::from_micros(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row::lane(row, 2)))
        };
        let one_more = row::bound(limit).saturating_add(1);
        let scheduled = self.sql.rows(Query::DueJobs, [one_more], read)?;
        let due = scheduled.iter().take(limit).take_while(|(at, ..)| *at <= self.now).count();
        for (_, id, lane) in &scheduled[..due] {
            self.sql.execute(Query::PromoteJob, [id])?;
            self.counts.pass(lane, "scheduled", "available");
            self.rings.jobs = true;
        }
        Ok((due, scheduled.get(due).map(|(at, ..)| *at)))
    }

    /// Has waits end as if they began now whose beginning lies ahead, since the clock was set back.
    fn count_anew(&mut self, limit: usize) -> Result<(), Failure> {
        let read = |row: &rusqlite::Row<'_>| {
            let (at, since) = (row.get(1)?, row.get(2)?);
            let times = (Timestamp::from_micros(at), Timestamp::from_micros(since));
            Ok((row.get::<_, Vec<u8>>(0)?, times.0, times.1))
        };
        let params = params![self.now.as_micros(), row::bound(limit)];
        for (id, at, since) in self.sql.rows(Query::WaitsAhead, params, read)? {
            if let Some(at) = counted_anew(at, since, self.now) {
                let params = params![id, row::stored_time(at), self.now.as_micros()];
                self.sql.execute(Query::CountAnew, params)?;
            }
        }
        Ok(())
    }

    /// Fences every worker whose lease is over, forgets those whose process is dead, and tells
    /// what they held and which gates were open too long.
    pub(crate) fn overdue(&mut self, limit: usize) -> Result<Overdue, Failure> {
        let now = self.now.as_micros();
        self.sql.execute(Query::FenceWorkers, [now])?;
        self.sql.execute(Query::ShortenLeases, [now])?;
        self.forget_dead()?;
        self.patrol()?;
        Ok(Overdue { leases: self.expired_leases(limit)?, gates: self.expired_gates(limit)? })
    }

    fn expired_leases(&mut self, limit: usize) -> Result<Vec<ExpiredLease>, Failure> {
        let params = params![self.now.as_micros(), row::bound(limit)];
        let ids = self.sql.rows(Query::AbandonedJobs, params, |row| row.get::<_, Vec<u8>>(0))?;
        let mut leases = Vec::with_capacity(ids.len());
        for id in &ids {
            leases.extend(self.expired_lease(id)?);
        }
        Ok(leases)
    }

    fn expired_lease(&mut self, id: &[u8]) -> Result<Option<ExpiredLease>, Failure> {
        let job = match self.sql.row(Query::Job, [id], |row| Ok(row::job(row)))? {
            Some(Ok(job)) => job,
            Some(Err(SetAside { reason, .. })) => {
                self.set_aside(id, "running", &reason)?;
                return Ok(None);
            }
            None => return Ok(None),
        };
        let operation = match job.operation {
            Some(operation) => self.owned_operation(&job.tenant, operation),
            None => Ok(None),
        };
        match operation {
            Ok(operation) => {
                let operation = operation.filter(|operation| operation.job == Some(job.id));
                Ok(Some(ExpiredLease { token: job.token, job, operation }))
            }
            Err(Failure::Unreadable { what, why }) => {
                self.set_aside(id, "running", &format!("{what}: {why}"))?;
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn expired_gates(&mut self, limit: usize) -> Result<Vec<Operation>, Failure> {
        let params = params![self.now.as_micros(), row::bound(limit)];
        let found = self.sql.rows(Query::ExpiredGates, params, |row| {
            Ok((row.get::<_, Vec<u8>>(1)?, row::operation(row)))
        })?;
        let mut gates = Vec::with_capacity(found.len());
        for (id, operation) in found {
            match operation {
                Ok(operation) => gates.extend(self.expired_gate(operation)?),
                Err(failure) => self.quarantine(&id, &failure)?,
            }
        }
        Ok(gates)
    }

    /// The operation, unless its document knows of no gate that is open too long.
    fn expired_gate(&mut self, operation: Operation) -> Result<Option<Operation>, Failure> {
        let row = as_row(operation)?;
        if row.gate_expires_at().is_some_and(|at| at <= self.now) {
            return Ok(Some(*row.operation));
        }
        self.correct(&row)?;
        Ok(None)
    }
}
