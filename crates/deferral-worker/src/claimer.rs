//! Claims as many jobs as there are free slots; wakes when called, polls when nobody calls.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::transition::running_alone;
use deferral_core::{Claim, Claimed, Claims, QueueName, StoreError, Topic};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::flag::Flag;
use crate::session::{Ended, Session};
use crate::sync::atomic::Ordering;

/// How long a suspect waits for its neighbors to end, so that it runs alone. Then it runs in
/// company: a crash is then not held against it, but nothing waits for a slow neighbor for ever.
const DRAIN: Duration = Duration::from_secs(10);

/// How long suspects wait for a moment in which nothing runs. Then nothing is claimed until there
/// is one.
const SUSPENSE: Duration = Duration::from_secs(3);

/// Why nothing was claimed.
enum ClaimError {
    /// The store did not answer, or said that it can't.
    Away(StoreError),
    /// Jobs may have been given to this worker without its knowing which.
    Unknown,
}

impl Session {
    /// Claims and starts jobs until told to stop. It looks for that between claims only: a claim
    /// that is dropped half-way may have been given jobs that nobody would run.
    pub(crate) async fn claim_loop(
        self: &Arc<Self>,
        running: &mut JoinSet<()>,
        stop: &Flag,
    ) -> Ended {
        let (mut seen, mut alone_at) = (0, Instant::now());
        while !stop.is_raised() {
            // Asked for before the look: what comes in between is not slept through.
            let next = self.store.wake(Topic::Jobs, 0).await;
            while running.try_join_next().is_some() {}
            match self.claim_round(running, &mut alone_at).await {
                Ok(true) => continue,
                Ok(false) => seen = seen.max(next),
                Err(ClaimError::Unknown) => return Ended::Lost,
                Err(ClaimError::Away(error)) => {
                    tracing::warn!(worker.id = %self.id, %error, "Could not claim jobs");
                    tokio::time::sleep(self.settings.poll).await;
                }
            }
            let freed = tokio::select! {
                biased;
                () = stop.raised() => false,
                _ = self.store.wake(Topic::Jobs, seen), if self.slots.free() > 0 => false,
                () = self.slots.freed() => true,
                () = tokio::time::sleep(self.settings.poll) => false,
            };
            if freed {
                self.more_freed().await;
            }
        }
        Ended::Stopped
    }

    /// Lets what is about to end do so: jobs that were claimed together mostly end together, and
    /// one claim for all costs as much as for one.
    async fn more_freed(&self) {
        let mut free = self.slots.free();
        loop {
            tokio::task::yield_now().await;
            let now = self.slots.free();
            if now <= free {
                return;
            }
            free = now;
        }
    }

    /// Fills the free slots once. True when there may be more to claim at once.
    /// `alone_at` is when a suspect last had its turn.
    async fn claim_round(
        self: &Arc<Self>,
        running: &mut JoinSet<()>,
        alone_at: &mut Instant,
    ) -> Result<bool, ClaimError> {
        // What would be claimed now would be dropped at once.
        if !self.lease_clock.is_open() {
            return Ok(false);
        }
        // Suspects first while nothing runs, or when they had no turn for long: else a full queue
        // would never let one run alone.
        if self.suspects.load(Ordering::SeqCst)
            && (self.slots.is_idle() || self.slots.free() > 0 && alone_at.elapsed() >= SUSPENSE)
        {
            let ran = self.run_suspect(running).await?;
            *alone_at = Instant::now();
            if ran {
                return Ok(true);
            }
        }
        let mut full = false;
        for demand in self.slots.demands() {
            let limit = demand.limit.min(self.slots.free());
            if limit == 0 {
                break;
            }
            let claims = self.claim(demand.queues, limit, false).await?;
            full |= claims.claimed.len() == limit;
            if claims.suspects_wait {
                self.suspects.store(true, Ordering::SeqCst);
            }
            for claimed in claims.claimed {
                let attempt = self.track(claimed);
                self.start(attempt, running);
            }
        }
        if self.suspects.load(Ordering::SeqCst) && self.slots.free() > 0 {
            return self.run_suspect(running).await;
        }
        Ok(full && self.slots.free() > 0)
    }

    async fn claim(
        &self,
        queues: Vec<QueueName>,
        limit: usize,
        suspect: bool,
    ) -> Result<Claims, ClaimError> {
        let claim = self.store.claim(Claim { worker: self.id, queues, limit, suspect });
        let claims = match tokio::time::timeout(self.settings.lease, claim).await {
            Ok(Ok(claims)) => claims,
            Ok(Err(StoreError::OutcomeUnknown(_))) | Err(_) => return Err(ClaimError::Unknown),
            Ok(Err(error)) => return Err(ClaimError::Away(error)),
        };
        for aside in &claims.set_aside {
            tracing::error!(job.id = %aside.job, reason = %aside.reason,
                "A stored job can't be read; it is parked with its bytes");
        }
        Ok(claims)
    }

    /// Runs one suspect while nothing else runs in this worker; false when there is none. It is
    /// claimed first, so that other workers go on meanwhile.
    async fn run_suspect(self: &Arc<Self>, running: &mut JoinSet<()>) -> Result<bool, ClaimError> {
        // Of queues with room alone: it counts against the limit of its queue as all others do. A
        // full one tells of its suspects when it is claimed from again.
        let queues = self.slots.demands().into_iter().flat_map(|demand| demand.queues).collect();
        let Some(claimed) = self.claim(queues, 1, true).await?.claimed.pop() else {
            self.suspects.store(false, Ordering::SeqCst);
            return Ok(false);
        };
        let attempt = self.track(claimed);
        let alone = self.drained().await && self.note_alone(&attempt).await;
        tracing::info!(job.id = %attempt.job().id, alone,
            "Runs a job whose worker died during an earlier attempt");
        // A task of its own, so that it can't hold up heartbeats; nothing is claimed meanwhile.
        let ended = self.start(attempt, running);
        let _dropped = ended.await;
        Ok(true)
    }

    /// Waits until nothing runs, but not for ever. True when nothing runs.
    async fn drained(&self) -> bool {
        let patience = Instant::now() + DRAIN;
        while !self.slots.is_idle() {
            tokio::select! {
                biased;
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

    /// Runs a claimed job in a slot of its queue; tells when it has ended.
    fn start(
        self: &Arc<Self>,
        attempt: Arc<Attempt>,
        running: &mut JoinSet<()>,
    ) -> oneshot::Receiver<()> {
        let slot = self.slots.take(attempt.job().queue.clone());
        let session = self.clone();
        let (end, ended) = oneshot::channel();
        running.spawn(self.task(async move {
            session.run(attempt, Some(slot)).await;
            // Nobody waits for healthy jobs.
            let _unheard = end.send(());
        }));
        ended
    }

    /// Takes a claimed job into the care of the heartbeat.
    pub(crate) fn track(&self, claimed: Claimed) -> Arc<Attempt> {
        let attempt = self.begin(claimed);
        self.in_flight.add(&attempt);
        attempt
    }
}
