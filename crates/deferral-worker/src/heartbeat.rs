//! Keeps the leases of a worker, and stops what it may not run any more.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use deferral_core::{JobId, Store, Token, WorkerId};
use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::fence::LeaseClock;
use crate::sync::Mutex;

/// The attempts that run in this worker.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<BTreeMap<(JobId, Token), Weak<Attempt>>>);

impl InFlight {
    pub(crate) fn add(&self, attempt: &Arc<Attempt>) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.insert((attempt.job().id, attempt.lease().token), Arc::downgrade(attempt));
    }

    pub(crate) fn remove(&self, attempt: &Attempt) {
        let key = (attempt.job().id, attempt.lease().token);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Attempt>> {
        let attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.values().filter_map(Weak::upgrade).collect()
    }
}

/// Renews the leases at a third of their length, and after a failure sooner, so that several tries
/// fit before the fence falls at two thirds. Returns when the store says that they are over.
pub(crate) async fn keep(
    store: &dyn Store,
    worker: WorkerId,
    lease: Duration,
    clock: &LeaseClock,
    in_flight: &InFlight,
) {
    let mut pause = lease / 3;
    loop {
        tokio::time::sleep(pause).await;
        pause = lease / 30;
        let attempts = in_flight.all();
        let held: Vec<(JobId, Token)> =
            attempts.iter().map(|attempt| (attempt.job().id, attempt.lease().token)).collect();
        let sent = Instant::now();
        match tokio::time::timeout(lease / 6, store.heartbeat(worker, &held)).await {
            Ok(Ok(Some(heartbeat))) => {
                clock.renewed(sent);
                pause = lease / 3;
                for attempt in &attempts {
                    if heartbeat.lost.contains(&attempt.job().id) {
                        attempt.fence.lose();
                    } else if heartbeat.cancel_requested.contains(&attempt.job().id) {
                        attempt.cancel();
                    }
                }
            }
            Ok(Ok(None)) => {
                attempts.iter().for_each(|attempt| attempt.fence.lose());
                return;
            }
            Ok(Err(error)) => tracing::warn!(worker.id = %worker, %error, "A heartbeat failed"),
            Err(_elapsed) => tracing::warn!(worker.id = %worker, "A heartbeat got no answer"),
        }
    }
}
