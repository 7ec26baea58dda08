//! How long a job waits from before it is enqueued until its handler begins: its commit with the
//! flush to the disk, the call, the claim.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use deferral::core::commit::ApiCommit;
use deferral::core::{Clock as _, Store, SystemClock};
use deferral::prelude::Tenant;
use tokio::time::{MissedTickBehavior, interval};

use super::nothing::{Count, Nothing};
use super::sample::Sample;
use super::stopwatch::Stopwatch;
use super::store;
use crate::error::Error;
use crate::output;

/// The first ones find cold caches and are not asked.
pub(super) const WARM_UP: u64 = 25;

#[derive(Debug, Clone, Args)]
pub(crate) struct Send {
    pub(super) database: PathBuf,
    #[arg(long)]
    pub(super) jobs: u64,
    #[arg(long)]
    pub(super) per_second: f64,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PickUp {
    database: PathBuf,
    #[arg(long)]
    jobs: u64,
    /// Enqueue them in this process too, at this pace.
    #[arg(long)]
    per_second: Option<f64>,
}

pub(super) async fn send_all(options: &Send) -> Result<Sample, Error> {
    let store = store::open(&options.database).await?;
    let watch = Stopwatch::start();
    send(&store, options.jobs, options.per_second).await?;
    Sample::of(options.jobs + WARM_UP, watch.lap())
}

pub(super) async fn run(options: &PickUp) -> Result<Sample, Error> {
    let store = store::open(&options.database).await?;
    let (count, mut waits) = Count::down_from(options.jobs + WARM_UP);
    let service = store::service(store.clone(), count.clone(), None)?;
    output::ready()?;
    let watch = Stopwatch::start();
    let work = async { Ok(service.work(count.over()).await?) };
    match options.per_second {
        Some(pace) => tokio::try_join!(work, send(&store, options.jobs, pace)).map(|_| ())?,
        None => work.await?,
    }
    let mut sample = Sample::of(count.ran(), watch.lap())?;
    while let Ok(wait) = waits.try_recv() {
        sample.waits.push(wait);
    }
    Ok(sample)
}

async fn send(store: &Arc<dyn Store>, jobs: u64, per_second: f64) -> Result<(), Error> {
    let mut pace = interval(Duration::from_secs_f64(1.0 / per_second));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0..jobs + WARM_UP {
        pace.tick().await;
        let sent_at = (number >= WARM_UP).then(|| SystemClock.now().as_micros());
        let job = Nothing { number, sent_at }.new_job()?;
        store.commit(ApiCommit::new(Tenant::default()).enqueue(job).into()).await?;
    }
    Ok(())
}
