//! How many connections are open, in all and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) struct Seats {
    all: Arc<Semaphore>,
    per_ip: usize,
    of: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place.
pub(super) struct Seat {
    seats: Arc<Seats>,
    ip: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Seats {
    pub(super) fn new(all: usize, per_ip: usize) -> Arc<Self> {
        let all = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { all, per_ip, of: Mutex::default() })
    }

    /// Waits until one more connection may be accepted.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// The place of a connection from this address, unless it has too many.
    pub(super) fn take(self: &Arc<Self>, permit: OwnedSemaphorePermit, ip: IpAddr) -> Option<Seat> {
        let mut of = self.lock();
        let open = of.entry(ip).or_default();
        if *open >= self.per_ip {
            return None;
        }
        *open += 1;
        drop(of);
        Some(Seat { seats: Arc::clone(self), ip, _permit: permit })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut of = self.seats.lock();
        let left = of.get_mut(&self.ip).map(|open| {
            *open -= 1;
            *open
        });
        if left == Some(0) {
            of.remove(&self.ip);
        }
    }
}
