//! Whether the file stops growing: parts of jobs are enqueued and run, while the finished ones of
//! the part before are removed as their retention has it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use deferral::core::{PruneLimits, Store, Timestamp};

use super::nothing::Count;
use super::sample::Sample;
use super::stopwatch::Stopwatch;
use super::{disk, enqueue, store};
use crate::error::Error;

#[derive(Debug, Clone, Args)]
pub(crate) struct Growth {
    database: PathBuf,
    /// How many in all.
    #[arg(long)]
    jobs: u64,
    /// How many in a part.
    #[arg(long)]
    part: u64,
    #[arg(long)]
    slots: usize,
}

/// As many as the service prunes in one go.
const BATCH: usize = 1000;
/// As many as an application would enqueue in one go.
const COMMIT: u64 = 500;

pub(super) async fn run(options: &Growth) -> Result<Sample, Error> {
    let store = store::open(&options.database).await?;
    let watch = Stopwatch::start();
    let (mut jobs, mut files) = (0, Vec::new());
    while jobs < options.jobs {
        let before = store.now();
        let (ran, ()) = tokio::try_join!(part(&store, options), prune(&*store, before))?;
        jobs += ran;
        files.push(disk::size(&options.database)?);
    }
    Ok(Sample { files, ..Sample::of(jobs, watch.lap())? })
}

async fn part(store: &Arc<dyn Store>, options: &Growth) -> Result<u64, Error> {
    let (count, _waits) = Count::down_from(options.part);
    let service = store::service(store.clone(), count.clone(), Some(options.slots))?;
    let fill = enqueue::fill(store, options.part, COMMIT, 4);
    let work = async { Ok(service.work(count.over()).await?) };
    tokio::try_join!(fill, work)?;
    Ok(count.ran())
}

/// Removes what was finished before this time.
async fn prune(store: &dyn Store, before: Timestamp) -> Result<(), Error> {
    loop {
        let keep = store.now().since(before);
        let limits = PruneLimits { jobs: keep, tombstones: keep, batch: BATCH };
        if store.prune(limits).await?.jobs < BATCH {
            return Ok(());
        }
    }
}
