//! A claim on its way to the worker: a job that nobody hears of must not run under nobody.

use std::sync::{Arc, Weak};

use deferral_core::{Claims, JobId, Token};

use crate::counts::Lane;
use crate::queue::Queue;
use crate::request::Request;

/// Claims, written, that go back when their caller is gone before they arrive.
pub(crate) struct Handover {
    claims: Claims,
    queue: Weak<Queue>,
}

impl Handover {
    /// On the way to who waits at this queue.
    pub(crate) fn new(claims: Claims, queue: &Arc<Queue>) -> Self {
        Self { claims, queue: Arc::downgrade(queue) }
    }

    /// They arrived.
    pub(crate) fn take(mut self) -> Claims {
        std::mem::take(&mut self.claims)
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        let leases: Vec<(JobId, Token, Lane)> = self.claims.claimed.drain(..).map(lease).collect();
        let Some(queue) = self.queue.upgrade().filter(|_| !leases.is_empty()) else { return };
        let request = Request::unattended(move |transaction| transaction.return_jobs(&leases));
        // Left to the end of the lease when the store is closing: its worker is going too.
        let _closed = queue.leave_upkeep(request);
    }
}

fn lease(claimed: deferral_core::Claimed) -> (JobId, Token, Lane) {
    let job = claimed.job;
    let lane = Lane {
        queue: job.queue.as_str().to_owned(),
        kind: job.kind.as_str().to_owned(),
        version: job.version.into(),
    };
    (job.id, claimed.lease.token, lane)
}
