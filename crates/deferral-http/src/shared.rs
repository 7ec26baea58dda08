//! What all requests of one process share.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use deferral_core::commit::Commit;
use deferral_core::{CommitError, Store, StoreError, Tenant, Timestamp};
use deferral_core::{FoundOperation, ItemError, Operation, OperationId, SHOWN_ITEM_ERRORS};
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::timeout;

use crate::answering::Answering;
use crate::auth::KeyRing;
use crate::base::Base;
use crate::body::Budget;
use crate::document::Frame;
use crate::problem::Problem;
use crate::quota::Quota;
use crate::settings::Settings;
use crate::watch::Watch;
use crate::writable::Writable;

/// How long a commit is waited for. Clients wait no longer, and a store that hangs is asked no
/// further by whoever has given up.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Settings,
    pub(crate) base: Option<Base>,
    pub(crate) durability: HeaderValue,
    pub(crate) watch: Arc<Watch>,
    pub(crate) answering: Answering,
    pub(crate) keys: KeyRing,
    pub(crate) bodies: Arc<Budget>,
    pub(crate) streams: Arc<Quota>,
    pub(crate) writable: Writable,
    draining: Sender<bool>,
}

impl Shared {
    pub(crate) fn new(store: Arc<dyn Store>, settings: Settings) -> Arc<Self> {
        let waiters = Quota::new(settings.waiters, settings.waiters_per_tenant);
        let streams = Quota::new(settings.streams, settings.streams_per_tenant);
        Arc::new(Self {
            base: settings.public_url.as_deref().map(Base::configured),
            durability: HeaderValue::from_static(store.durability().as_str()),
            watch: Watch::new(Arc::clone(&store), waiters),
            answering: Answering::default(),
            keys: KeyRing::new(Arc::clone(&store)),
            bodies: Arc::new(Budget::new(settings.bodies_in_flight)),
            streams: Arc::new(streams),
            writable: Writable::default(),
            draining: Sender::new(false),
            store,
            settings,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Writes all of it, or nothing. The outcome tells readiness how the store is.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Timestamp, CommitError> {
        let answer = timeout(PATIENCE, self.store.commit(commit)).await;
        let answer = answer.unwrap_or_else(|_| {
            let hangs = StoreError::OutcomeUnknown("the store did not answer in time".into());
            Err(hangs.into())
        });
        self.writable.note(&answer);
        answer
    }

    /// Refuses new work from now on, and lets go of all who wait.
    pub(crate) fn drain(&self) {
        self.draining.send_replace(true);
    }

    pub(crate) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Whether this process drains, from now on.
    pub(crate) fn draining(&self) -> Receiver<bool> {
        self.draining.subscribe()
    }

    /// Returns once this process drains.
    pub(crate) async fn drained(&self) {
        // The sender is `self`: it can't be gone.
        let mut draining = self.draining();
        let _told = draining.wait_for(|draining| *draining).await;
    }

    /// The operation of this tenant, or why there is none. Another tenant's is as unknown as one
    /// that never was.
    pub(crate) async fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<Operation, Problem> {
        match self.store.operation(tenant, id).await? {
            FoundOperation::Live(operation) if operation.is_expired(self.now()) => {
                Err(Problem::operation_expired())
            }
            FoundOperation::Live(operation) => Ok(*operation),
            FoundOperation::Gone => Err(Problem::operation_expired()),
            FoundOperation::Unknown => Err(Problem::operation_not_found()),
        }
    }

    /// Whether who follows this operation follows nothing any more. While the store can't say,
    /// it is still there.
    pub(crate) async fn is_gone(&self, tenant: &Tenant, id: OperationId) -> bool {
        match self.store.operation(tenant, id).await {
            Ok(FoundOperation::Live(operation)) => operation.is_expired(self.now()),
            Ok(FoundOperation::Gone | FoundOperation::Unknown) => true,
            Err(_) => false,
        }
    }

    /// The item errors that a whole status document shows.
    pub(crate) async fn shown_errors(
        &self,
        operation: &Operation,
    ) -> Result<Vec<ItemError>, StoreError> {
        if operation.error_count == 0 {
            return Ok(Vec::new());
        }
        let Operation { tenant, id, .. } = operation;
        Ok(self.store.item_errors(tenant, *id, 0, SHOWN_ITEM_ERRORS).await?.items)
    }

    pub(crate) fn frame<'a>(&'a self, base: &'a Base) -> Frame<'a> {
        let durability = self.store.durability().as_str();
        Frame { base, settings: &self.settings, durability }
    }
}
