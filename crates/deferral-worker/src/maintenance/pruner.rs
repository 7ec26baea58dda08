//! Removes what is past its time.

use deferral_core::{PruneLimits, Pruned, Store};

use super::PRUNE;

pub(super) async fn run(store: &dyn Store, limits: PruneLimits) {
    loop {
        match store.prune(limits).await {
            // Small batches: pruning must not hold up the writers.
            Ok(pruned) if is_full(pruned, limits.batch) => tokio::task::yield_now().await,
            Ok(_) => tokio::time::sleep(PRUNE).await,
            Err(error) => {
                tracing::warn!(%error, "Could not prune");
                tokio::time::sleep(PRUNE).await;
            }
        }
    }
}

const fn is_full(pruned: Pruned, batch: usize) -> bool {
    pruned.jobs >= batch
        || pruned.operations >= batch
        || pruned.tombstones >= batch
        || pruned.once >= batch
}
