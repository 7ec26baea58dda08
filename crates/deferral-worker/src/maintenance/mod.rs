//! What must be done once in a while, by one worker at a time: the leader.

mod expirer;
mod promoter;
mod pruner;
mod rescuer;

use std::time::Duration;

use deferral_core::{Store, WorkerId};

use crate::settings::Settings;

use self::pruner::Pruner;

/// How often the leader looks for dead workers and expired gates: the bound on recovery where
/// the store can tell that a process died.
const LOOK: Duration = Duration::from_secs(1);
/// How often it removes what is past its time.
const PRUNE: Duration = Duration::from_secs(60);
/// So many rows of each kind in one go.
const BATCH: usize = 1000;

/// Maintains the store whenever this worker leads; never returns.
pub(crate) async fn run(store: &dyn Store, worker: WorkerId, settings: &Settings) {
    let term = settings.lease / 3;
    // Over all terms, each of which is shorter than the pause between two prunes.
    let mut pruner = Pruner::new(settings.prune);
    loop {
        match tokio::time::timeout(term, store.lead(worker)).await {
            Ok(Ok(true)) => {
                // Asked again each term: a leader that lost its lease stops within one.
                let _term_over =
                    tokio::time::timeout(term, lead(store, settings, &mut pruner)).await;
            }
            Ok(Ok(false)) => tokio::time::sleep(term.min(LOOK)).await,
            Ok(Err(error)) => {
                tracing::warn!(worker.id = %worker, %error, "Could not ask who leads");
                tokio::time::sleep(LOOK).await;
            }
            Err(_elapsed) => tracing::warn!(worker.id = %worker, "No answer to who leads"),
        }
    }
}

async fn lead(store: &dyn Store, settings: &Settings, pruner: &mut Pruner) {
    tokio::join!(
        promoter::run(store),
        rescuer::run(store, settings.crash_budget),
        pruner.run(store),
    );
}
