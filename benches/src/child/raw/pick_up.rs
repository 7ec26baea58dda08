//! How long a bare commit of one row takes at a pace: what any pick-up waits for at least.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use super::super::pick_up::{Send, WARM_UP};
use super::super::sample::Sample;
use super::super::stopwatch::Stopwatch;
use super::connection;
use super::rows::Rows;
use crate::error::Error;

pub(crate) async fn run(options: &Send) -> Result<Sample, Error> {
    let connection = connection::create(&options.database).await?;
    let mut rows = Rows::new(&connection)?;
    let mut pace = interval(Duration::from_secs_f64(1.0 / options.per_second));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waits = Vec::new();
    let watch = Stopwatch::start();
    for number in 0..options.jobs + WARM_UP {
        pace.tick().await;
        let begun = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        rows.insert()?;
        rows.count(1)?;
        connection.execute_batch("COMMIT")?;
        if number >= WARM_UP {
            waits.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(Sample { waits, ..Sample::of(options.jobs + WARM_UP, watch.lap())? })
}
