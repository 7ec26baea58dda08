//! What the suite needs to know of a store besides [`Store`].

use std::sync::Arc;

use async_trait::async_trait;
use deferral_core::{JobId, Store, WorkerId};

use crate::{MemoryStore, TestClock};

/// A store that was opened empty for one test, and what the test may do to it from outside.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// The same data as another process opens it.
    fn second(&self) -> Arc<dyn Store>;

    /// The clock that both live by.
    fn clock(&self) -> &TestClock;

    /// Lets the process of this worker die, as far as the store can see processes.
    async fn kill_worker(&self, worker: WorkerId);

    /// Whether the store sees that a process on its host died, or that one lives on although its
    /// leases are over.
    fn sees_processes(&self) -> bool {
        true
    }

    /// Drops all handles and opens the same data again, as after the death of every process.
    async fn reopen(&mut self);

    /// Damages the stored row of a job so that it can't be read. False when the store has
    /// no rows that could be damaged.
    async fn damage_job(&self, _job: JobId) -> bool {
        false
    }
}

/// The memory store as the suite sees it. Reopening keeps the data: there are no processes.
pub struct MemoryHarness {
    store: Arc<MemoryStore>,
    clock: TestClock,
}

impl MemoryHarness {
    /// An empty memory store.
    pub fn open() -> Self {
        let clock = TestClock::new();
        Self { store: Arc::new(MemoryStore::new(Arc::new(clock.clone()))), clock }
    }
}

#[async_trait]
impl Harness for MemoryHarness {
    fn store(&self) -> Arc<dyn Store> {
        Arc::<MemoryStore>::clone(&self.store)
    }

    fn second(&self) -> Arc<dyn Store> {
        self.store()
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    async fn kill_worker(&self, worker: WorkerId) {
        self.store.kill_worker(worker);
    }

    async fn reopen(&mut self) {}
}
