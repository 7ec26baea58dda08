//! Wakes those who wait for something to happen.

use tokio::sync::watch;

/// Counts what happened. Who knows the count can't miss what comes after it.
pub(super) struct Bell {
    count: watch::Sender<u64>,
}

impl Bell {
    /// Begins at 1, since 0 means "I know nothing yet".
    pub(super) fn new() -> Self {
        Self { count: watch::Sender::new(1) }
    }

    pub(super) fn ring(&self) {
        self.count.send_modify(|count| *count += 1);
    }

    /// The count, once it is another than `seen`.
    pub(super) async fn wait(&self, seen: u64) -> u64 {
        let mut count = self.count.subscribe();
        let changed = count.wait_for(|count| *count != seen).await.map(|count| *count);
        // The sender is `self`: it can't be gone.
        changed.unwrap_or(seen)
    }
}
