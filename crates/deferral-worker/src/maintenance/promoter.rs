//! Makes scheduled jobs available when their time has come.

use std::time::Duration;

use deferral_core::{Store, Topic};

use super::{BATCH, LOOK};

/// The shortest pause between two looks: under load every enqueue calls.
const PACE: Duration = Duration::from_millis(20);

pub(super) async fn run(store: &dyn Store) {
    loop {
        let seen = store.wake(Topic::Jobs, 0).await;
        let wait = match store.promote(BATCH).await {
            Ok((BATCH, _)) => continue,
            Ok((_, next)) => next.map_or(LOOK, |at| at.since(store.now()).min(LOOK)),
            Err(error) => {
                tracing::warn!(%error, "Could not promote scheduled jobs");
                LOOK
            }
        };
        tokio::time::sleep(wait.min(PACE)).await;
        tokio::select! {
            biased;
            _ = store.wake(Topic::Jobs, seen) => {}
            () = tokio::time::sleep(wait.saturating_sub(PACE)) => {}
        }
    }
}
