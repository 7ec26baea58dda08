//! Where callers leave what they want written, until the one writer takes all of it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral_core::StoreError;
use tokio::sync::Semaphore;

use crate::error::Failure;
use crate::request::{End, Request};

/// So many commits may wait; who comes later waits for room.
const ROOM: usize = 4096;

/// A batch takes so many commits at most, so that the next one does not wait long.
const BATCH: usize = 512;

/// A batch takes no further commit once it has so many bytes.
const BATCH_BYTES: usize = 8 << 20;

/// So long a batch waits at most for as many commits as there were in the one before: who was
/// answered together comes again together, and a flush for each half of them costs them twice.
/// Commits that come one at a time wait for nobody.
const LINGER: Duration = Duration::from_millis(1);

/// Requests on their way to the writer.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    room: Semaphore,
}

#[derive(Default)]
struct Waiting {
    /// Claims, heartbeats and maintenance: few, and leases hang on them. They go first.
    upkeep: VecDeque<Request>,
    commits: VecDeque<Request>,
    /// With so many commits a batch is worth its flush.
    enough: usize,
    closed: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.upkeep.is_empty() && self.commits.is_empty()
    }
}

impl Queue {
    /// Nobody waits yet.
    pub(crate) fn new() -> Self {
        Self { waiting: Mutex::default(), arrived: Condvar::new(), room: Semaphore::new(ROOM) }
    }

    /// Leaves a commit, once there is room for it.
    pub(crate) async fn leave_commit(&self, commit: Request) -> Result<(), StoreError> {
        self.room.acquire().await.map_err(|_| stopped())?.forget();
        self.leave(|waiting| waiting.commits.push_back(commit))
    }

    /// Leaves anything else.
    pub(crate) fn leave_upkeep(&self, request: Request) -> Result<(), StoreError> {
        self.leave(|waiting| waiting.upkeep.push_back(request))
    }

    fn leave(&self, leave: impl FnOnce(&mut Waiting)) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(stopped());
        }
        let was_empty = waiting.is_empty();
        leave(&mut waiting);
        let is_enough = waiting.commits.len() == waiting.enough;
        drop(waiting);
        if was_empty || is_enough {
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
        !self.gathered(waiting).is_empty()
    }

    /// Under load, waits for a moment until there is enough.
    fn gathered<'q>(&'q self, waiting: MutexGuard<'q, Waiting>) -> MutexGuard<'q, Waiting> {
        if waiting.commits.is_empty() || waiting.commits.len() >= waiting.enough {
            return waiting;
        }
        let few = |waiting: &mut Waiting| waiting.commits.len() < waiting.enough && !waiting.closed;
        let gathered = self.arrived.wait_timeout_while(waiting, LINGER, few);
        gathered.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether a commit waits.
    pub(crate) fn has_commits(&self) -> bool {
        !self.lock().commits.is_empty()
    }

    /// Takes all that wait but the commits.
    pub(crate) fn take_upkeep(&self, batch: &mut Vec<Request>) {
        batch.extend(self.lock().upkeep.drain(..));
    }

    /// Takes all that wait, commits up to the size of a batch. One that is larger comes alone.
    pub(crate) fn take(&self, batch: &mut Vec<Request>) {
        self.take_upkeep(batch);
        let mut waiting = self.lock();
        let (mut taken, mut bytes) = (0, 0);
        while taken < BATCH
            && bytes < BATCH_BYTES
            && let Some(commit) = waiting.commits.pop_front()
        {
            bytes += commit.bytes();
            taken += 1;
            batch.push(commit);
        }
        // Half of what came last time: the others may have gone.
        waiting.enough = taken / 2;
        drop(waiting);
        self.room.add_permits(taken);
    }

    /// Takes nothing any more, and tells the callers of what waits that it was not written: nobody
    /// has begun it.
    pub(crate) fn close(&self) {
        self.finish();
        let mut waiting = self.lock();
        let upkeep = std::mem::take(&mut waiting.upkeep);
        let commits = std::mem::take(&mut waiting.commits);
        // Not under the lock: a claim that is dropped may want to leave a request here.
        drop(waiting);
        for request in upkeep.into_iter().chain(commits) {
            request.answer(&End::NotWritten(Failure::Stopped));
        }
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
    Failure::Stopped.told()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_left_the_queue_is_told_that_nothing_was_written() {
        let queue = Queue::new();
        let (request, mut answer) = Request::new(0, |_| Ok(()));
        queue.leave_upkeep(request).unwrap();
        queue.close();
        let told = answer.try_recv().unwrap();
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    }
}
