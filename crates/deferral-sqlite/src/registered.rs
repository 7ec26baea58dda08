//! What the workers of this process can run, so that it is read from the file once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use deferral_core::canary::{self, Canary};
use deferral_core::{Kind, WorkerId};

use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::statements::Statements;

/// The kinds and versions of all unfinished jobs, whoever can run them.
fn all(sql: &mut Statements<'_>) -> Result<Arc<[(Kind, u32)]>, Failure> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(1)?, row.get(2)?));
    let found = sql.rows(Query::JobCounts, [], read)?;
    let kinds =
        found.into_iter().filter_map(|(kind, version)| Some((Kind::new(&kind).ok()?, version)));
    // Each is counted by queue and state, and a job that is found twice can't be claimed twice.
    Ok(kinds.collect::<BTreeSet<_>>().into_iter().collect())
}

/// A registration never changes; a process has few at a time.
#[derive(Default)]
pub(crate) struct RegisteredKinds {
    known: HashMap<WorkerId, Arc<[(Kind, u32)]>>,
}

const MOST: usize = 16;

impl RegisteredKinds {
    /// The kinds and versions of a registered worker.
    pub(crate) fn of(
        &mut self,
        sql: &mut Statements<'_>,
        worker: WorkerId,
    ) -> Result<Arc<[(Kind, u32)]>, Failure> {
        if let Some(kinds) = self.known.get(&worker) {
            return Ok(Arc::clone(kinds));
        }
        if canary::is(Canary::CompleteUnknownKind) {
            return all(sql);
        }
        let what = || format!("the kinds of worker {worker}");
        let read = |row: &rusqlite::Row<'_>| Ok(row::document(row, 0, what));
        let kinds: Vec<(Kind, u32)> =
            sql.row(Query::WorkerKinds, [worker.as_uuid()], read)?.transpose()?.unwrap_or_default();
        if self.known.len() >= MOST {
            self.known.clear();
        }
        let kinds: Arc<[(Kind, u32)]> = kinds.into();
        self.known.insert(worker, Arc::clone(&kinds));
        Ok(kinds)
    }

    /// Forgets one that registers anew.
    pub(crate) fn forget(&mut self, worker: WorkerId) {
        self.known.remove(&worker);
    }

    /// Forgets all: some may never have been written.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }
}
