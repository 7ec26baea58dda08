//! Takes jobs from workers that are gone, and closes gates whose time is over.

use deferral_core::canary::{self, Canary};
use deferral_core::transition::{CrashBudget, after_crash};
use deferral_core::{CommitError, ExpiredLease, Store};

use super::{BATCH, LOOK, expirer};

pub(super) async fn run(store: &dyn Store, budget: CrashBudget) {
    loop {
        match store.overdue(BATCH).await {
            Ok(overdue) => {
                for expired in &overdue.leases {
                    rescue(store, expired, budget).await;
                }
                for operation in &overdue.gates {
                    expirer::expire(store, operation).await;
                }
                if canary::is(Canary::RescueById) {
                    tokio::time::sleep(LOOK).await;
                    for expired in &overdue.leases {
                        rescue(store, expired, budget).await;
                    }
                }
                if overdue.leases.len() == BATCH {
                    continue;
                }
            }
            Err(error) => tracing::warn!(%error, "Could not look for what is overdue"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn rescue(store: &dyn Store, expired: &ExpiredLease, budget: CrashBudget) {
    let job = &expired.job;
    let commit = after_crash(expired, budget, store.now());
    match store.commit(commit.into()).await {
        Ok(_) => {
            tracing::warn!(job.id = %job.id, job.kind = %job.kind, token = %expired.token,
                "Took a job from a worker that is gone");
        }
        // Its worker finished it after all, or another leader was faster.
        Err(CommitError::Refused(refusal)) => {
            tracing::debug!(job.id = %job.id, %refusal, "Nothing to rescue");
        }
        Err(CommitError::Store(error)) => {
            tracing::warn!(job.id = %job.id, %error, "Could not rescue a job; tries again");
        }
    }
}
