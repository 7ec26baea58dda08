//! One registration of a worker: from its first claim to the loss of its lease, or its end.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::{Claimed, NewWorker, Store, StoreError, WorkerId};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::executor::Executor;
use crate::fence::{Fence, LeaseClock};
use crate::flag::Flag;
use crate::heartbeat::{self, InFlight};
use crate::maintenance;
use crate::registry::Registry;
use crate::running::Running;
use crate::settings::Settings;
use crate::slots::{Slot, Slots};
use crate::sync::atomic::AtomicBool;
use crate::worker::{AGAIN, Around, Task, Worker};

/// How long a store may take to register a worker or to forget it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A registered worker at work.
pub(crate) struct Session {
    pub(crate) id: WorkerId,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) slots: Arc<Slots>,
    pub(crate) lease_clock: Arc<LeaseClock>,
    pub(crate) in_flight: InFlight,
    /// Whether suspects may wait; nobody knows at first.
    pub(crate) suspects: AtomicBool,
    around: Option<Around>,
    executor: Executor,
    running: Arc<Running>,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was asked to stop.
    Stopped,
    /// Its lease is over, or may have been given jobs that it does not know of: register anew.
    Lost,
}

impl Session {
    /// Registers under a fresh id.
    pub(crate) async fn register(
        worker: &Worker,
        release: Arc<Flag>,
    ) -> Result<Arc<Self>, StoreError> {
        let Worker { store, registry, settings, watched, running, dice, around } = worker;
        let id = WorkerId::new(store.now(), dice.bytes());
        let sent = Instant::now();
        let registered = store.register(card(id, registry, settings));
        match tokio::time::timeout(PATIENCE, registered).await {
            Ok(answer) => answer?,
            Err(elapsed) => return Err(StoreError::Unavailable(elapsed.into())),
        };
        let executor = Executor {
            store: store.clone(),
            registry: registry.clone(),
            budget: settings.crash_budget,
            watched: watched.clone(),
            dice: dice.clone(),
            release,
        };
        Ok(Arc::new(Self {
            id,
            slots: Arc::new(Slots::new(settings.concurrency, settings.queues.clone())),
            lease_clock: Arc::new(LeaseClock::new(settings.lease, sent)),
            in_flight: InFlight::default(),
            suspects: AtomicBool::new(true),
            around: around.clone(),
            executor,
            running: running.clone(),
            store: store.clone(),
            settings: settings.clone(),
        }))
    }

    /// Works until told to stop or the lease is over. When this returns, nothing runs; when it is
    /// dropped, what runs is dropped with it.
    pub(crate) async fn work(self: Arc<Self>, stop: &Flag) -> Ended {
        // Not a field: the tasks hold the session, and so would keep themselves alive.
        let mut running = JoinSet::new();
        let kept = self.keep();
        tokio::pin!(kept);
        let ended = tokio::select! {
            biased;
            () = &mut kept => Ended::Lost,
            ended = self.claim_loop(&mut running, stop) => ended,
        };
        if ended == Ended::Stopped {
            // What still runs needs its leases until it has ended or is released.
            tokio::select! {
                biased;
                () = &mut kept => {}
                () = join(&mut running) => {}
            }
        } else {
            tracing::warn!(worker.id = %self.id, "The leases are over; registers anew");
        }
        join(&mut running).await;
        match ended {
            Ended::Stopped => {
                self.sign_off().await;
            }
            // While this process lives nobody else can know that nothing is sent under this id any
            // more, and what it left unknown would never be settled.
            Ended::Lost => while !self.sign_off().await && !stop.raised_within(AGAIN).await {},
        }
        ended
    }

    /// Whatever the store still counts as this worker's is nobody's: it may be taken over now. Whether
    /// it has heard.
    async fn sign_off(&self) -> bool {
        match tokio::time::timeout(PATIENCE, self.store.leave(self.id)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => {
                tracing::warn!(worker.id = %self.id, %error, "Could not sign off");
            }
            Err(_elapsed) => tracing::warn!(worker.id = %self.id, "Signing off got no answer"),
        }
        false
    }

    /// Keeps the leases, and maintains the store meanwhile; returns when the leases are over.
    async fn keep(&self) {
        let lease = self.settings.lease;
        tokio::select! {
            biased;
            () = heartbeat::keep(&*self.store, self.id, lease, &self.lease_clock, &self.in_flight) => {}
            () = maintenance::run(&*self.store, self.id, &self.settings) => {}
        }
    }

    pub(crate) fn begin(&self, claimed: Claimed) -> Arc<Attempt> {
        self.executor.begin(claimed, Fence::new(self.lease_clock.clone()))
    }

    /// A task as this worker runs it.
    pub(crate) fn task(&self, task: impl Future<Output = ()> + Send + 'static) -> Task {
        match &self.around {
            Some(around) => around(Box::pin(task)),
            None => Box::pin(task),
        }
    }

    /// Runs an attempt in its slot, if it has one.
    pub(crate) async fn run(&self, attempt: Arc<Attempt>, slot: Option<Slot>) {
        let runs = self.running.begin(attempt.job().id, self.executor.time_of(attempt.job()));
        runs.watch(self.executor.execute(attempt.clone(), slot)).await;
        self.in_flight.remove(&attempt);
    }
}

fn card(id: WorkerId, registry: &Registry, settings: &Settings) -> NewWorker {
    NewWorker {
        id,
        name: settings.name.clone(),
        queues: settings.queues.iter().map(|queue| queue.name.clone()).collect(),
        kinds: registry.kinds(),
        lease: settings.lease,
    }
}

/// Waits until nothing runs. Each attempt ends by itself, by the fence, or by the release.
async fn join(running: &mut JoinSet<()>) {
    while running.join_next().await.is_some() {}
}
