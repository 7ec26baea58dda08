//! Wakes those who wait for something to happen.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Counts what happened. Who knows the count can't miss what comes after it.
pub(super) struct Bell {
    count: AtomicU64,
    rung: Notify,
}

impl Bell {
    /// Begins at 1, since 0 means "I know nothing yet".
    pub(super) fn new() -> Self {
        Self { count: AtomicU64::new(1), rung: Notify::new() }
    }

    pub(super) fn ring(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.rung.notify_waiters();
    }

    /// The count, once it is another than `seen`.
    pub(super) async fn wait(&self, seen: u64) -> u64 {
        loop {
            // Before the look: it hears of what is rung from here on.
            let rung = self.rung.notified();
            let count = self.count.load(Ordering::SeqCst);
            if count != seen {
                return count;
            }
            rung.await;
        }
    }
}
