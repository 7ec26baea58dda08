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

#[cfg(test)]
mod tests {
    use deferral_core::{Claimed, JobState, Lease, NewJob, StoredJob, Timestamp, WorkerId};
    use rusqlite::Connection;
    use uuid::Uuid;

    use super::*;
    use crate::error::Failure;
    use crate::request::End;
    use crate::statements::Statements;
    use crate::transaction::Transaction;
    use crate::worker_locks::WorkerLocks;

    const NOW: Timestamp = deferral_testing::TestClock::START;

    fn claims(job: NewJob) -> Claims {
        let mut job = StoredJob::enqueued(job, NOW, NOW);
        let worker = WorkerId::from_uuid(Uuid::nil());
        job.state = JobState::Running { worker, alone: false };
        let lease = Lease { job: job.id, token: Token(1), worker, expires_at: NOW };
        let (operation, effects, live_senders) = (None, Vec::new(), Vec::new());
        let claimed = vec![Claimed { job, lease, operation, effects, live_senders }];
        Claims { claimed, ..Claims::default() }
    }

    /// How many requests come back when the caller is gone and the batch ended so.
    fn given_back(end: &End) -> usize {
        let queue = Arc::new(Queue::new());
        let to = Arc::clone(&queue);
        let run = |_: &mut Transaction<'_>| Ok(claims(deferral_testing::Factory::new().job()));
        let (mut request, answer) = Request::delivered(run, move |it| Handover::new(it, &to));
        let connection = Connection::open_in_memory().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let locks = Arc::new(WorkerLocks::new(folder.path().join("locks")).unwrap());
        request.run(&mut Transaction::new(Statements::new(&connection), locks)).unwrap();
        drop(answer);
        request.answer(end);
        let mut left = Vec::new();
        queue.take_upkeep(&mut left);
        left.len()
    }

    /// Under the token of a claim that was rolled back another one may hold the job by now.
    #[test]
    fn only_what_was_written_is_given_back() {
        let failure = || Failure::unreadable("a batch", "it failed");
        assert_eq!(given_back(&End::Written), 1);
        assert_eq!(given_back(&End::NotWritten(failure())), 0);
        assert_eq!(given_back(&End::Unknown(failure())), 0);
    }
}
