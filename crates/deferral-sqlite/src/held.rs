//! What never changes of the jobs that this process claimed, so that it need not be read again when
//! they end.

use std::collections::HashMap;

use deferral_core::{StoredJob, Tenant};
use uuid::Uuid;

use crate::counts::Lane;

/// More jobs than a process has slots. Those that are forgotten are read again.
const MOST: usize = 16 * 1024;

/// Jobs that were claimed here and have not ended here.
#[derive(Default)]
pub(crate) struct HeldJobs {
    jobs: HashMap<Uuid, Held>,
    /// Lanes with their tenants: few, so a list is searched.
    lanes: Vec<(Tenant, Lane)>,
}

struct Held {
    /// Where its row was. Another's may stand there by now.
    number: i64,
    lane: usize,
    has_large_input: bool,
}

/// A job that was claimed here and whose input stands in its own row.
pub(crate) struct SmallJob<'h> {
    /// Where its row was.
    pub(crate) number: i64,
    pub(crate) lane: &'h Lane,
}

impl HeldJobs {
    /// A job was claimed, whose row has this number.
    pub(crate) fn claim(&mut self, job: &StoredJob, number: i64, has_large_input: bool) {
        if self.jobs.len() >= MOST || self.lanes.len() >= MOST {
            self.jobs.clear();
            self.lanes.clear();
        }
        let lane = self.lane(job);
        self.jobs.insert(job.id.as_uuid(), Held { number, lane, has_large_input });
    }

    fn lane(&mut self, job: &StoredJob) -> usize {
        let same = |(tenant, lane): &(Tenant, Lane)| {
            *tenant == job.tenant
                && lane.version == i64::from(job.version)
                && lane.kind == job.kind.as_str()
                && lane.queue == job.queue.as_str()
        };
        self.lanes.iter().position(same).unwrap_or_else(|| {
            let lane = Lane {
                queue: job.queue.as_str().to_owned(),
                kind: job.kind.as_str().to_owned(),
                version: job.version.into(),
            };
            self.lanes.push((job.tenant.clone(), lane));
            self.lanes.len() - 1
        })
    }

    /// A job with a small input, if it is this tenant's and was claimed here.
    pub(crate) fn small(&self, job: Uuid, tenant: &Tenant) -> Option<SmallJob<'_>> {
        let held = self.jobs.get(&job).filter(|held| !held.has_large_input)?;
        let (owner, lane) = self.lanes.get(held.lane)?;
        (owner == tenant).then_some(SmallJob { number: held.number, lane })
    }

    /// A job ended.
    pub(crate) fn end(&mut self, job: Uuid) {
        self.jobs.remove(&job);
    }
}
