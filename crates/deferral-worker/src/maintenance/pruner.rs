//! Removes what is past its time.

use deferral_core::{PruneLimits, Pruned, Store};
use tokio::time::Instant;

use super::PRUNE;

/// When to prune next.
pub(super) struct Pruner {
    limits: PruneLimits,
    next: Instant,
}

impl Pruner {
    pub(super) fn new(limits: PruneLimits) -> Self {
        Self { limits, next: Instant::now() }
    }

    pub(super) async fn run(&mut self, store: &dyn Store) {
        loop {
            tokio::time::sleep_until(self.next).await;
            match store.prune(self.limits).await {
                // Small batches: pruning must not hold up the writers.
                Ok(pruned) if is_full(pruned, self.limits.batch) => {}
                Ok(_) => self.next = Instant::now() + PRUNE,
                Err(error) => {
                    tracing::warn!(%error, "Could not prune");
                    self.next = Instant::now() + PRUNE;
                }
            }
        }
    }
}

const fn is_full(pruned: Pruned, batch: usize) -> bool {
    pruned.more
        || pruned.jobs >= batch
        || pruned.operations >= batch
        || pruned.tombstones >= batch
        || pruned.once >= batch
}
