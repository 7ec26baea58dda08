//! Runs what is there and stops: for tests, and for programs that are run by a clock of their own.

use std::sync::Arc;

use crate::flag::Flag;
use crate::session::Session;
use crate::worker::{Worker, WorkerError};
use deferral_core::transition::after_crash;
use deferral_core::{Claim, QueueName, StoreError};

/// So many overdue things in one look.
const BATCH: usize = 1000;

impl Worker {
    /// Runs all that can be run now, one job after the other, what becomes available by that
    /// included; returns how many attempts ran. Jobs of dead workers are taken over first.
    ///
    /// Dropping the future is a crash of this worker.
    pub async fn drain(&self) -> Result<usize, WorkerError> {
        let never = Arc::<Flag>::default();
        let session = Session::register(self, never).await?;
        self.take_over().await?;
        let mut attempts = 0;
        while let Some(claimed) = session.next_job().await? {
            let attempt = session.track(claimed);
            session.run(attempt, None).await;
            attempts += 1;
        }
        self.store.leave(session.id).await?;
        Ok(attempts)
    }

    async fn take_over(&self) -> Result<(), StoreError> {
        for expired in self.store.overdue(BATCH).await?.leases {
            let commit = after_crash(&expired, self.settings.crash_budget, self.store.now());
            // Refused when its worker finished it at the last moment.
            let _taken = self.store.commit(commit.into()).await;
        }
        Ok(())
    }
}

impl Session {
    /// The next job that can be run now: a healthy one, else a suspect, which then runs alone.
    async fn next_job(&self) -> Result<Option<deferral_core::Claimed>, StoreError> {
        self.store.promote(BATCH).await?;
        let queues: Vec<QueueName> =
            self.settings.queues.iter().map(|queue| queue.name.clone()).collect();
        for suspect in [false, true] {
            let claim = Claim { worker: self.id, queues: queues.clone(), limit: 1, suspect };
            if let Some(claimed) = self.store.claim(claim).await?.claimed.pop() {
                return Ok(Some(claimed));
            }
        }
        Ok(None)
    }
}
