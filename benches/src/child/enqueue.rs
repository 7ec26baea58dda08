//! Enqueues jobs through the store, as an application does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use deferral::core::Store;
use deferral::core::commit::ApiCommit;
use deferral::prelude::Tenant;
use tokio::task::JoinSet;

use super::nothing::Nothing;
use super::sample::Sample;
use super::stopwatch::Stopwatch;
use super::store;
use crate::error::Error;

#[derive(Debug, Clone, Args)]
pub(crate) struct Enqueue {
    pub(super) database: PathBuf,
    /// How many in all.
    #[arg(long)]
    pub(super) jobs: u64,
    /// How many in one commit.
    #[arg(long, default_value_t = 1)]
    pub(super) commit: u64,
    /// How many commit at the same time.
    #[arg(long, default_value_t = 1)]
    pub(super) tasks: u64,
}

pub(super) async fn run(options: &Enqueue) -> Result<Sample, Error> {
    let store = store::open(&options.database).await?;
    let watch = Stopwatch::start();
    fill(&store, options.jobs, options.commit, options.tasks).await?;
    Sample::of(options.jobs, watch.lap())
}

/// Enqueues so many jobs, `size` in a commit, from so many tasks.
pub(super) async fn fill(
    store: &Arc<dyn Store>,
    jobs: u64,
    size: u64,
    tasks: u64,
) -> Result<(), Error> {
    let next = Arc::new(AtomicU64::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..tasks {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        senders.spawn(async move {
            loop {
                let first = next.fetch_add(size, Ordering::Relaxed);
                if first >= jobs {
                    return Ok::<(), Error>(());
                }
                let mut commit = ApiCommit::new(Tenant::default());
                for number in first..(first + size).min(jobs) {
                    commit = commit.enqueue(Nothing { number, sent_at: None }.new_job()?);
                }
                store.commit(commit.into()).await?;
            }
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended.map_err(|_| Error::Load)??;
    }
    Ok(())
}
