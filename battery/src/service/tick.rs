//! A job of a limited queue that tells the far end, again and again, that it runs.

use std::time::Duration;

use deferral::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::far_end::FarEnd;

/// The queue that has a limit.
pub(crate) const QUEUE: &str = "narrow";
/// Between two tellings.
const BEAT: Duration = Duration::from_millis(20);

/// Runs for a while.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tick {
    pub(crate) name: String,
    pub(crate) beats: u32,
}

impl Job for Tick {
    const KIND: &'static str = "battery.tick";
    type Output = bool;

    fn policy() -> Policy {
        let queue = QueueName::new(QUEUE).unwrap_or_default();
        Policy { queue, ..Policy::default() }
    }
}

pub(super) async fn tick(job: Tick, cx: Context<FarEnd>) -> Result<bool, HandlerError> {
    let far_end = cx.state();
    // Of this attempt, in this process.
    let run = Uuid::from_u128(rand::random());
    for beat in 1..=job.beats {
        let last = beat == job.beats;
        let worker = std::process::id();
        let told = json!({"job": job.name, "run": run, "worker": worker, "last": last});
        // That somebody listens does not matter to the job.
        let _answered = far_end.post("/ticks").json(&told).send().await;
        tokio::time::sleep(BEAT).await;
    }
    Ok(true)
}
