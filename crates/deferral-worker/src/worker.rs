//! A worker from start to stop.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deferral_core::{JobId, Store, StoreError};

use crate::dice::Dice;
use crate::flag::Flag;
use crate::known_effects::Watched;
use crate::registry::{Registry, RegistryError};
use crate::running::Running;
use crate::session::{Ended, Session};
use crate::settings::Settings;

/// How long, after the grace period, what runs may take to be released.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long until a worker that lost its registration tries again to sign it off, or to register.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);

/// What runs an attempt.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) type Around = Arc<dyn Fn(Task) -> Task + Send + Sync>;

/// A worker that can't start.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It has kinds that this store may not hold.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The store could not take its registration.
    #[error("could not register with the store: {0}")]
    Store(#[from] StoreError),
}

/// Runs the jobs of a store with the handlers of a registry.
#[derive(Clone)]
pub struct Worker {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Registry,
    pub(crate) settings: Arc<Settings>,
    pub(crate) watched: Arc<Watched>,
    pub(crate) running: Arc<Running>,
    pub(crate) dice: Dice,
    pub(crate) around: Option<Around>,
}

impl Worker {
    /// A worker over this store; refused when a kind moves money and the store forgets.
    pub fn new(
        store: Arc<dyn Store>,
        registry: Registry,
        settings: Settings,
    ) -> Result<Self, WorkerError> {
        registry.check_durability(store.durability())?;
        Ok(Self {
            store,
            registry,
            settings: Arc::new(settings),
            watched: Arc::default(),
            running: Arc::default(),
            dice: Dice::default(),
            around: None,
        })
    }

    /// The jobs that run in this worker and its clones at present. It waits for nobody, so that it
    /// can be asked although handlers block all threads of the runtime.
    pub fn running_jobs(&self) -> Vec<JobId> {
        self.running.jobs()
    }

    /// Those of the [`running_jobs`](Self::running_jobs) that have kept a thread, without ever
    /// giving it back, for longer than an attempt of theirs may take: nothing but the end of the
    /// process stops them.
    pub fn stuck_jobs(&self) -> Vec<JobId> {
        self.running.stuck()
    }

    /// How long [`run`](Self::run) takes at most, once it is told to stop.
    pub fn longest_stop(&self) -> Duration {
        self.settings.grace + LAST_WORDS
    }

    /// Measures by this, instead of the monotonic clock, how long an effect has been unknown: for
    /// tests that move time by hand.
    #[must_use]
    pub fn timed_by(mut self, stopwatch: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.watched = Arc::new(Watched::by(Box::new(stopwatch)));
        self
    }

    /// Rolls these dice for ids and jitter, instead of such as nobody can guess: for simulations
    /// that can be repeated.
    #[must_use]
    pub fn rolling(mut self, roll: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.dice = Dice::by(roll);
        self
    }

    /// Runs attempts inside what this makes of them: for simulations that stop a whole process,
    /// since attempts are tasks beside the worker's own future.
    #[must_use]
    pub fn within(mut self, around: impl Fn(Task) -> Task + Send + Sync + 'static) -> Self {
        self.around = Some(Arc::new(around));
        self
    }

    /// The same worker over another handle of its store.
    #[must_use]
    pub fn over(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// Works until `stop` resolves: then claims no more, lets what runs end within the grace
    /// period, and releases the rest without burning an attempt. An answer means that nothing
    /// runs any more.
    ///
    /// Dropping the future instead is a crash: safe, but what was in flight waits for its lease.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) -> Result<(), WorkerError> {
        let (stopping, release) = (Flag::default(), Arc::<Flag>::default());
        let grace = self.settings.grace;
        let work = self.sessions(&stopping, &release);
        let shutdown = async {
            stop.await;
            tracing::info!(?grace, "Stops claiming; what runs may end");
            stopping.raise();
            tokio::time::sleep(grace).await;
            tracing::warn!("The grace period is over; releases what still runs");
            release.raise();
            tokio::time::sleep(LAST_WORDS).await;
            let jobs = self.running_jobs();
            tracing::error!(
                ?jobs,
                "These did not stop, or the store did not take them back; their leases end by \
                 themselves"
            );
        };
        tokio::select! {
            biased;
            result = work => result,
            () = shutdown => Ok(()),
        }
    }

    async fn sessions(&self, stopping: &Flag, release: &Arc<Flag>) -> Result<(), WorkerError> {
        let mut first = true;
        while !stopping.is_raised() {
            let session = match Session::register(self, release.clone()).await {
                Ok(session) => session,
                Err(error) if first => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "Could not register anew; tries again");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            };
            first = false;
            if session.work(stopping).await == Ended::Stopped {
                break;
            }
        }
        Ok(())
    }
}
