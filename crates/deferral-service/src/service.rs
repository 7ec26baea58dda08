//! A service: a store, extensions put together, and what each role does with them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use deferral_core::transition::CrashBudget;
use deferral_core::{NameError, PruneLimits, QueueName, Store, StoreError};
use deferral_http::{HttpApi, Limits};
use deferral_worker::{QueueSettings, Registry, RegistryError, Worker, WorkerError};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::{Config, WorkerQueue};
use crate::extension::{Extension, ExtensionError};
use crate::output;

/// A day: what the contract promises at least.
const SHORTEST_RETENTION: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// So many rows are pruned in one go.
const PRUNE_BATCH: usize = 1000;

/// A service that can't run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// An extension can't be built.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// Two extensions run the same kind, or a kind may not run on this store.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A queue's name is none.
    #[error("worker.queues: {0}")]
    Queue(#[from] NameError),
    /// Finished operations would be kept shorter than promised.
    #[error("jobs.operation_retention: operations are kept at least 24 hours")]
    Retention,
    /// It would serve other hosts although nobody has a key.
    #[error(
        "{0} can be reached from other hosts, and there are no API keys: make one with \
         `deferral keys create --tenant NAME`, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// It can't listen.
    #[error("can't listen on {address}: {source}{hint}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
        /// What to do.
        hint: &'static str,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker can't start.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Serves the API and runs jobs.
    Both,
    /// Serves the API.
    Api,
    /// Runs jobs.
    Worker,
}

/// Extensions over a store, ready to play their roles.
pub struct Service {
    store: Arc<dyn Store>,
    config: Config,
    worker: Worker,
    api: HttpApi,
    router: Router,
}

impl Service {
    /// Builds the extensions that are on, and puts them together.
    pub fn new(
        store: Arc<dyn Store>,
        config: Config,
        extensions: impl IntoIterator<Item = Extension>,
    ) -> Result<Self, ServiceError> {
        let mut registry = Registry::default();
        let mut routes = Router::new();
        let mut settings = http_settings(&config)?;
        let mut contributions = Vec::new();
        for mut extension in extensions {
            let Some(section) = config.section_of(&extension) else { continue };
            contributions.extend(extension.take_contribution());
            settings.resources.extend(extension.take_resources());
            let built = extension.build(section)?;
            registry.merge(built.registry)?;
            routes = routes.merge(built.routes);
        }
        let worker = Worker::new(store.clone(), registry, worker_settings(&config)?)?;
        let api = HttpApi::new(store.clone(), settings);
        let router = api.router(routes, &contributions);
        Ok(Self { store, config, worker, api, router })
    }

    /// The API as a router, for an axum application of your own.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Runs jobs until `stop` resolves and what ran has ended or is released.
    pub async fn work(&self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        Ok(self.worker.run(stop).await?)
    }

    /// What runs its jobs.
    pub(crate) const fn worker(&self) -> &Worker {
        &self.worker
    }

    /// Plays a role until `stop` resolves.
    pub(crate) async fn play(
        &self,
        role: Role,
        admin: bool,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), ServiceError> {
        let (stopping, stopped) = watch::channel(false);
        let (ending, ended) = watch::channel(false);
        let told = |receiver: &watch::Receiver<bool>| {
            let mut receiver = receiver.clone();
            async move {
                let _dropped = receiver.wait_for(|told| *told).await;
            }
        };
        let api = async {
            if role != Role::Worker {
                self.serve(told(&stopped)).await?;
            }
            Ok::<(), ServiceError>(())
        };
        let admin = async {
            if admin {
                self.serve_admin(told(&ended)).await?;
            }
            Ok(())
        };
        // Boxed for its size: it is made once.
        let worker = Box::pin(async {
            if role != Role::Api {
                self.work(told(&stopped)).await?;
            }
            Ok(())
        });
        let signal = async {
            stop.await;
            self.api.drain();
            stopping.send_replace(true);
            Ok(())
        };
        // Whoever asks is told that it drains until there is nothing left to end.
        let roles = async {
            tokio::try_join!(api, worker)?;
            ending.send_replace(true);
            Ok(())
        };
        tokio::try_join!(roles, admin, signal).map(|_| ())
    }

    async fn serve(&self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        let address = self.config.http.listen;
        if !address.ip().is_loopback() && self.store.api_keys(None).await?.is_empty() {
            return Err(ServiceError::Open(address));
        }
        let listener = listen(address).await?;
        if let Ok(address) = listener.local_addr() {
            output::line(&format!("deferral listens on http://{address}"));
        }
        let limits = Limits { connections: self.config.http.connections, ..Limits::default() };
        deferral_http::serve(listener, self.router.clone(), limits, stop).await;
        Ok(())
    }

    async fn serve_admin(&self, stop: impl Future<Output = ()> + Send) -> Result<(), ServiceError> {
        let listener = listen(self.config.admin.listen).await?;
        deferral_http::serve(listener, self.api.health(), Limits::default(), stop).await;
        Ok(())
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServiceError> {
    TcpListener::bind(address).await.map_err(|source| {
        let hint = match source.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another program listens there: stop it or choose another with --listen or \
                 --admin-listen"
            }
            std::io::ErrorKind::PermissionDenied => "; ports below 1024 need a privilege",
            _ => "",
        };
        ServiceError::Listen { address, source, hint }
    })
}

fn http_settings(config: &Config) -> Result<deferral_http::Settings, ServiceError> {
    let retention = config.jobs.operation_retention.0;
    if retention < SHORTEST_RETENTION {
        return Err(ServiceError::Retention);
    }
    Ok(deferral_http::Settings {
        public_url: config.http.public_url.clone(),
        trust_forwarded: config.http.trust_forwarded,
        wait_cap: config.http.longest_wait.0,
        retention,
        tombstones: config.jobs.tombstones.0,
        ..deferral_http::Settings::default()
    })
}

fn worker_settings(config: &Config) -> Result<deferral_worker::Settings, ServiceError> {
    let queue = |queue: &WorkerQueue| {
        let (name, concurrency) = match queue {
            WorkerQueue::Name(name) => (name, None),
            WorkerQueue::Limited { name, concurrency } => (name, Some(*concurrency)),
        };
        Ok::<_, NameError>(QueueSettings { name: QueueName::new(name)?, concurrency })
    };
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(deferral_worker::Settings {
        name: format!("{host}.{}", std::process::id()),
        queues: config.worker.queues.iter().map(queue).collect::<Result<_, _>>()?,
        concurrency: config.worker.concurrency,
        lease: config.worker.lease.0,
        grace: config.worker.grace.0,
        poll: config.worker.poll.0,
        crash_budget: CrashBudget {
            limit: config.jobs.crash_budget,
            window: config.jobs.crash_window.0,
        },
        prune: PruneLimits {
            jobs: config.jobs.retention.0,
            tombstones: config.jobs.tombstones.0,
            batch: PRUNE_BATCH,
        },
    })
}
