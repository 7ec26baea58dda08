//! Claims and finishes jobs that do nothing, with the service's own worker.

use std::path::PathBuf;

use clap::Args;

use super::nothing::Count;
use super::sample::Sample;
use super::stopwatch::Stopwatch;
use super::store;
use crate::error::Error;

#[derive(Debug, Clone, Args)]
pub(crate) struct Drain {
    database: PathBuf,
    /// How many before it stops.
    #[arg(long)]
    jobs: u64,
    /// How many at once; as many as everybody has unless given.
    #[arg(long)]
    slots: Option<usize>,
}

/// It counts to the answer of the worker: all that it ran is then finished in the store.
pub(super) async fn run(options: &Drain) -> Result<Sample, Error> {
    let store = store::open(&options.database).await?;
    let (count, _waits) = Count::down_from(options.jobs);
    let service = store::service(store, count.clone(), options.slots)?;
    let watch = Stopwatch::start();
    service.work(count.over()).await?;
    Sample::of(count.ran(), watch.lap())
}
