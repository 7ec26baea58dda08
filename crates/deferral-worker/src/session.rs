//! One registration of a worker: from its first claim to the loss of its lease, or its end.

use std::sync::Arc;

use deferral_core::{Claimed, JobId, NewWorker, Store, StoreError, WorkerId};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::executor::Executor;
use crate::fence::{Fence, LeaseClock};
use crate::heartbeat::{self, InFlight};
use crate::maintenance;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::slots::Slots;

/// A registered worker at work.
pub(crate) struct Session {
    pub(crate) id: WorkerId,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) slots: Arc<Slots>,
    executor: Executor,
    lease_clock: Arc<LeaseClock>,
    in_flight: InFlight,
}

/// Why a session ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was asked to stop.
    Stopped,
    /// Its lease is over: register anew.
    Lost,
}

impl Session {
    /// Registers under a fresh id.
    pub(crate) async fn register(
        store: Arc<dyn Store>,
        registry: Registry,
        settings: Arc<Settings>,
        release: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, StoreError> {
        let id = WorkerId::new(store.now(), rand::random());
        let sent = Instant::now();
        let worker = NewWorker {
            id,
            name: settings.name.clone(),
            queues: settings.queues.iter().map(|queue| queue.name.clone()).collect(),
            kinds: registry.kinds(),
            lease: settings.lease,
        };
        store.register(worker).await?;
        let budget = settings.crash_budget;
        Ok(Arc::new(Self {
            id,
            slots: Arc::new(Slots::new(settings.concurrency, settings.queues.clone())),
            lease_clock: Arc::new(LeaseClock::new(settings.lease, sent)),
            executor: Executor { store: store.clone(), registry, budget, release },
            in_flight: InFlight::default(),
            store,
            settings,
        }))
    }

    /// Works until told to stop or the lease is over. When this returns, nothing runs; when it is
    /// dropped, what runs is dropped with it.
    pub(crate) async fn work(self: Arc<Self>, stop: watch::Receiver<bool>) -> Ended {
        // Not a field: the tasks hold the session, and so would keep themselves alive.
        let mut running = JoinSet::new();
        let lease = self.settings.lease;
        let kept =
            heartbeat::keep(&*self.store, self.id, lease, &self.lease_clock, &self.in_flight);
        tokio::pin!(kept);
        let ended = tokio::select! {
            () = &mut kept => Ended::Lost,
            () = self.claim_loop(&mut running, stop) => Ended::Stopped,
            () = maintenance::run(&*self.store, self.id, &self.settings) => Ended::Lost,
        };
        if ended == Ended::Lost {
            tracing::warn!(worker.id = %self.id, "The leases are over; registers anew");
            join(&mut running).await;
            return ended;
        }
        // What still runs needs its leases until it has ended or is released.
        let over = tokio::select! {
            () = &mut kept => true,
            () = join(&mut running) => false,
        };
        if over {
            join(&mut running).await;
        }
        if let Err(error) = self.store.leave(self.id).await {
            tracing::warn!(worker.id = %self.id, %error, "Could not sign off; the lease ends by itself");
        }
        ended
    }

    pub(crate) fn track(&self, claimed: Claimed) -> Arc<Attempt> {
        let attempt = self.executor.begin(claimed, Fence::new(self.lease_clock.clone()));
        self.in_flight.add(&attempt);
        attempt
    }

    pub(crate) async fn run(&self, attempt: Arc<Attempt>) {
        let job: JobId = attempt.job().id;
        self.executor.execute(attempt).await;
        self.in_flight.remove(job);
    }
}

/// Waits until nothing runs. Each attempt ends by itself, by the fence, or by the release.
async fn join(running: &mut JoinSet<()>) {
    while running.join_next().await.is_some() {}
}
