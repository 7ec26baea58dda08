//! Tells those who wait that their operation has changed: long polls, synchronous answers, event
//! streams. One task and one read of the store serve all of them, and none runs while nobody
//! waits.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral_core::{Operation, OperationId, Store, Tenant, Topic};
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::quota::{NoSeat, Quota};

/// Wakes are hints: so often the store is read without one.
const SLOW_POLL: Duration = Duration::from_secs(1);

/// The shortest time between two reads: a busy store wakes at each commit.
const PACE: Duration = Duration::from_millis(2);

/// Those who wait.
pub(crate) struct Watch {
    store: Arc<dyn Store>,
    seats: Arc<Quota>,
    next: AtomicU64,
    list: Mutex<List>,
    joined: Notify,
}

#[derive(Default)]
struct List {
    waiters: HashMap<u64, Waiter>,
    served: bool,
}

struct Waiter {
    id: OperationId,
    seen: u64,
    tell: oneshot::Sender<Arc<Operation>>,
}

impl Watch {
    pub(crate) fn new(store: Arc<dyn Store>, seats: Quota) -> Arc<Self> {
        let (next, list) = (AtomicU64::new(0), Mutex::default());
        Arc::new(Self { store, seats: Arc::new(seats), next, list, joined: Notify::new() })
    }

    /// The operation, once its version is another than `seen`. Waits for ever: give it a
    /// deadline. Whoever drops the future is forgotten; whoever finds no seat does not wait.
    pub(crate) async fn changed(
        self: &Arc<Self>,
        tenant: &Tenant,
        id: OperationId,
        seen: u64,
    ) -> Result<Arc<Operation>, NoSeat> {
        let _seat = self.seats.take(tenant)?;
        let (tell, told) = oneshot::channel();
        let _place = self.join(Waiter { id, seen, tell });
        match told.await {
            Ok(operation) => Ok(operation),
            // The task that would have told is gone with its runtime.
            Err(_) => std::future::pending().await,
        }
    }

    fn join(self: &Arc<Self>, waiter: Waiter) -> Place<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut list = self.lock();
        list.waiters.insert(number, waiter);
        if !std::mem::replace(&mut list.served, true) {
            tokio::spawn(serve(Arc::clone(self)));
        }
        drop(list);
        self.joined.notify_one();
        Place { watch: self, number }
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is waited for; none when nobody waits, and then the task that serves must end.
    fn waited_for(&self) -> Option<Vec<(OperationId, u64)>> {
        let mut list = self.lock();
        if list.waiters.is_empty() {
            list.served = false;
            return None;
        }
        let distinct: HashSet<(OperationId, u64)> =
            list.waiters.values().map(|waiter| (waiter.id, waiter.seen)).collect();
        Some(distinct.into_iter().collect())
    }

    fn tell(&self, changed: Vec<Operation>) {
        let changed: HashMap<OperationId, Arc<Operation>> =
            changed.into_iter().map(|operation| (operation.id, Arc::new(operation))).collect();
        let is_news = |waiter: &Waiter| {
            changed.get(&waiter.id).is_some_and(|operation| operation.version != waiter.seen)
        };
        let told: Vec<Waiter> =
            self.lock().waiters.extract_if(|_, w| is_news(w)).map(|(_, waiter)| waiter).collect();
        for waiter in told {
            // Who is gone meanwhile needs no news.
            let _gone = waiter.tell.send(Arc::clone(&changed[&waiter.id]));
        }
    }
}

/// A place among the waiters.
struct Place<'a> {
    watch: &'a Watch,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.watch.lock().waiters.remove(&self.number);
    }
}

/// Lets the next waiter start the task again, should this one be stopped by a panic of the store.
struct Served {
    watch: Arc<Watch>,
    ended: bool,
}

impl Drop for Served {
    fn drop(&mut self) {
        if !self.ended {
            self.watch.lock().served = false;
        }
    }
}

async fn serve(watch: Arc<Watch>) {
    let mut served = Served { watch, ended: false };
    let watch = &served.watch;
    let mut woken = watch.store.wake(Topic::Operations, 0).await;
    while let Some(seen) = watch.waited_for() {
        match watch.store.changed(&seen).await {
            Ok(changed) => watch.tell(changed),
            Err(error) => {
                tracing::warn!(%error, "Cannot read what has changed");
                sleep(SLOW_POLL).await;
            }
        }
        sleep(PACE).await;
        tokio::select! {
            number = watch.store.wake(Topic::Operations, woken) => woken = number,
            () = watch.joined.notified() => {}
            () = sleep(SLOW_POLL) => {}
        }
    }
    // `waited_for` has said already, under its lock, that nobody serves.
    served.ended = true;
}
