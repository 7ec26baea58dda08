//! Claims as many jobs as there are free slots; wakes when called, polls when nobody calls.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::transition::running_alone;
use deferral_core::{Claim, Claimed, Claims, QueueName, StoreError, Topic};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::session::Session;

/// How long a suspect waits for its neighbors to end, so that it runs alone. Then it runs in
/// company: a crash is then not held against it, but nothing waits for a slow neighbor for ever.
const DRAIN: Duration = Duration::from_secs(10);

impl Session {
    /// Claims and starts jobs until told to stop. It looks for that between claims only: a claim
    /// that is dropped half-way may have been given jobs that nobody would run.
    pub(crate) async fn claim_loop(
        self: &Arc<Self>,
        running: &mut JoinSet<()>,
        mut stop: watch::Receiver<bool>,
    ) {
        // Zero: the first look comes at once.
        let mut seen = 0;
        while !*stop.borrow() {
            let next = self.store.wake(Topic::Jobs, 0).await;
            while running.try_join_next().is_some() {}
            match self.claim_round(running).await {
                Ok(true) => continue,
                Ok(false) => seen = seen.max(next),
                Err(error) => {
                    tracing::warn!(worker.id = %self.id, %error, "Could not claim jobs");
                    tokio::time::sleep(self.settings.poll).await;
                }
            }
            tokio::select! {
                _ = self.store.wake(Topic::Jobs, seen), if self.slots.free() > 0 => {}
                () = self.slots.freed() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Fills the free slots once. True when there may be more to claim at once.
    async fn claim_round(self: &Arc<Self>, running: &mut JoinSet<()>) -> Result<bool, StoreError> {
        let mut full = false;
        let mut suspects = false;
        for demand in self.slots.demands() {
            let limit = demand.limit.min(self.slots.free());
            if limit == 0 {
                break;
            }
            let claims = self.claim(demand.queues, limit, false).await?;
            full |= claims.claimed.len() == limit;
            suspects |= claims.suspects_wait;
            for claimed in claims.claimed {
                self.start(claimed, running);
            }
        }
        if suspects {
            return self.run_suspect().await;
        }
        Ok(full && self.slots.free() > 0)
    }

    async fn claim(
        &self,
        queues: Vec<QueueName>,
        limit: usize,
        suspect: bool,
    ) -> Result<Claims, StoreError> {
        let claims = self.store.claim(Claim { worker: self.id, queues, limit, suspect }).await?;
        for aside in &claims.set_aside {
            tracing::error!(job.id = %aside.job, reason = %aside.reason,
                "A stored job can't be read; it is parked with its bytes");
        }
        Ok(claims)
    }

    /// Runs one suspect while nothing else runs in this worker. It is claimed first, so that
    /// other workers go on meanwhile.
    async fn run_suspect(self: &Arc<Self>) -> Result<bool, StoreError> {
        let queues = self.settings.queues.iter().map(|queue| queue.name.clone()).collect();
        let Some(claimed) = self.claim(queues, 1, true).await?.claimed.pop() else {
            return Ok(false);
        };
        let attempt = self.track(claimed);
        let alone = self.drained().await && self.note_alone(&attempt).await;
        tracing::info!(job.id = %attempt.job().id, alone,
            "Runs a job whose worker died during an earlier attempt");
        self.run(attempt).await;
        Ok(true)
    }

    /// Waits until nothing runs, but not for ever. True when nothing runs.
    async fn drained(&self) -> bool {
        let patience = Instant::now() + DRAIN;
        while !self.slots.is_idle() {
            tokio::select! {
                () = self.slots.freed() => {}
                () = tokio::time::sleep_until(patience) => return false,
            }
        }
        true
    }

    async fn note_alone(&self, attempt: &Attempt) -> bool {
        let set = running_alone(attempt.job());
        attempt.write(|commit, _| Ok(commit.set(set.clone()))).await.is_ok()
    }

    /// Starts a claimed job in a slot of its queue.
    fn start(self: &Arc<Self>, claimed: Claimed, running: &mut JoinSet<()>) {
        let slot = self.slots.take(claimed.job.queue.clone());
        let attempt = self.track(claimed);
        let session = self.clone();
        running.spawn(async move {
            session.run(attempt).await;
            drop(slot);
        });
    }
}
