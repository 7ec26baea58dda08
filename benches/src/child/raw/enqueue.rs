//! Inserts the rows of jobs.

use std::path::PathBuf;

use clap::Args;

use super::super::sample::Sample;
use super::super::stopwatch::Stopwatch;
use super::connection;
use super::rows::Rows;
use crate::error::Error;

#[derive(Debug, Clone, Args)]
pub(crate) struct RawEnqueue {
    database: PathBuf,
    /// How many in all.
    #[arg(long)]
    jobs: u64,
    /// How many in one transaction.
    #[arg(long, default_value_t = 1)]
    batch: u64,
}

pub(crate) async fn run(options: &RawEnqueue) -> Result<Sample, Error> {
    let connection = connection::create(&options.database).await?;
    let mut rows = Rows::new(&connection)?;
    let watch = Stopwatch::start();
    let mut left = options.jobs;
    while left > 0 {
        let batch = left.min(options.batch);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..batch {
            rows.insert()?;
        }
        rows.count(batch as i64)?;
        connection.execute_batch("COMMIT")?;
        left -= batch;
    }
    Sample::of(options.jobs, watch.lap())
}
