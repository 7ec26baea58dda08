//! How a batch changes the numbers of unfinished jobs: added up, and written once.

use rusqlite::{Result, params};

use crate::query::Query;
use crate::statements::Statements;

/// What changed so far. A batch touches few queues, kinds and states, so a list is searched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    lane: Lane,
    state: &'static str,
    jobs: i64,
}

/// Jobs of one queue, kind and version: what a claim seeks and what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) queue: String,
    pub(crate) kind: String,
    pub(crate) version: i64,
}

impl Counts {
    /// A job came into this state.
    pub(crate) fn enter(&mut self, queue: &str, kind: &str, version: i64, state: &'static str) {
        self.add(queue, kind, version, state, 1);
    }

    /// A job left this state.
    pub(crate) fn leave(&mut self, queue: &str, kind: &str, version: i64, state: &'static str) {
        self.add(queue, kind, version, state, -1);
    }

    /// A job went from one state to the other.
    pub(crate) fn pass(&mut self, lane: &Lane, from: &'static str, to: &'static str) {
        self.leave(&lane.queue, &lane.kind, lane.version, from);
        self.enter(&lane.queue, &lane.kind, lane.version, to);
    }

    fn add(&mut self, queue: &str, kind: &str, version: i64, state: &'static str, jobs: i64) {
        let same = |change: &&mut Change| {
            let lane = &change.lane;
            change.state == state
                && lane.version == version
                && lane.kind == kind
                && lane.queue == queue
        };
        if let Some(change) = self.changes.iter_mut().find(same) {
            change.jobs += jobs;
            return;
        }
        let lane = Lane { queue: queue.to_owned(), kind: kind.to_owned(), version };
        self.changes.push(Change { lane, state, jobs });
    }

    /// Writes what changed, and begins anew.
    pub(crate) fn write(&mut self, sql: &mut Statements<'_>) -> Result<()> {
        for Change { lane, state, jobs } in self.changes.drain(..).filter(|change| change.jobs != 0)
        {
            sql.execute(
                Query::CountJobs,
                params![lane.queue, lane.kind, lane.version, state, jobs],
            )?;
        }
        Ok(())
    }

    /// Forgets what changed: it was rolled back.
    pub(crate) fn clear(&mut self) {
        self.changes.clear();
    }
}
