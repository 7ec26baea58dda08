//! Where callers leave what they want written, until the one writer takes all of it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use deferral_core::StoreError;
use tokio::sync::Semaphore;

use crate::error::unavailable;
use crate::request::Request;

/// So many usual requests may wait; who comes later waits for room.
const ROOM: usize = 4096;

/// A batch takes so many requests at most, so that the next one does not wait long.
const BATCH: usize = 512;

/// A batch takes no further request once it has so many bytes.
const BATCH_BYTES: usize = 8 << 20;

/// Which requests go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// In the order in which they come.
    Usual,
    /// Before all usual ones, and never refused for want of room: leases hang on them.
    First,
}

/// Requests on their way to the writer.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    room: Semaphore,
}

#[derive(Default)]
struct Waiting {
    first: VecDeque<Request>,
    usual: VecDeque<Request>,
    closed: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.first.is_empty() && self.usual.is_empty()
    }
}

impl Queue {
    /// Nobody waits yet.
    pub(crate) fn new() -> Self {
        Self { waiting: Mutex::default(), arrived: Condvar::new(), room: Semaphore::new(ROOM) }
    }

    /// Leaves a request, once there is room for it.
    pub(crate) async fn push(&self, request: Request, urgency: Urgency) -> Result<(), StoreError> {
        if urgency == Urgency::Usual {
            self.room.acquire().await.map_err(|_| stopped())?.forget();
        }
        self.leave(request, urgency)
    }

    /// Leaves a request without waiting for room.
    pub(crate) fn leave(&self, request: Request, urgency: Urgency) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(stopped());
        }
        let was_empty = waiting.is_empty();
        match urgency {
            Urgency::Usual => waiting.usual.push_back(request),
            Urgency::First => waiting.first.push_back(request),
        }
        drop(waiting);
        if was_empty {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Waits until somebody wants something. False when nobody ever will again.
    pub(crate) fn wait(&self) -> bool {
        let waiting = self
            .arrived
            .wait_while(self.lock(), |waiting| waiting.is_empty() && !waiting.closed)
            .unwrap_or_else(PoisonError::into_inner);
        !waiting.is_empty()
    }

    /// Takes all that wait, up to the size of a batch. A request larger than that comes alone.
    pub(crate) fn take(&self, batch: &mut Vec<Request>) {
        let mut waiting = self.lock();
        batch.extend(waiting.first.drain(..));
        let mut bytes = 0;
        let mut taken = 0;
        while batch.len() < BATCH
            && bytes < BATCH_BYTES
            && let Some(request) = waiting.usual.pop_front()
        {
            bytes += request.bytes();
            taken += 1;
            batch.push(request);
        }
        drop(waiting);
        self.room.add_permits(taken);
    }

    /// Takes nothing any more, and drops what waits: its callers are told.
    pub(crate) fn close(&self) {
        self.finish();
        let mut waiting = self.lock();
        let dropped = (std::mem::take(&mut waiting.first), std::mem::take(&mut waiting.usual));
        // Not under the lock: a claim that is dropped may want to leave a request here.
        drop(waiting);
        drop(dropped);
    }

    /// Takes nothing any more; what waits is still done.
    pub(crate) fn finish(&self) {
        self.lock().closed = true;
        self.room.close();
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped() -> StoreError {
    unavailable("the store is closed, or its writer stopped; open it again")
}
