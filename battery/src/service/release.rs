//! Two releases of the battery's jobs: the newer one knows a kind and a version more. Which one a
//! process is, its environment says.

use deferral::ExtensionBuilder;
use deferral::prelude::*;
use serde::{Deserialize, Serialize};

use super::far_end::{FarEnd, Settings};

/// The variable that says `older` or `newer`; the newer one when it is missing.
pub(crate) const RELEASE: &str = "BATTERY_RELEASE";

/// A job as the older release knows it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct First {
    number: u64,
}

/// The same kind as the newer release enqueues it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Versioned {
    number: u64,
    /// What the older release does not know.
    factor: u64,
}

/// A kind that only the newer release knows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Newer {
    number: u64,
}

/// Who did it, and what came out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Done {
    by: String,
    number: u64,
}

impl Job for First {
    const KIND: &'static str = "battery.versioned";
    type Output = Done;
}

impl Job for Versioned {
    const KIND: &'static str = "battery.versioned";
    const VERSION: u32 = 2;
    type Output = Done;
}

impl Job for Newer {
    const KIND: &'static str = "battery.newer";
    type Output = Done;
}

/// Registers what this release knows.
pub(super) fn jobs(
    extension: ExtensionBuilder<Settings, FarEnd>,
) -> ExtensionBuilder<Settings, FarEnd> {
    let extension = extension.job(first);
    if is_older() { extension } else { extension.job(second).job(newer) }
}

fn is_older() -> bool {
    std::env::var(RELEASE).is_ok_and(|release| release == "older")
}

fn done(number: u64) -> Done {
    Done { by: if is_older() { "older" } else { "newer" }.to_owned(), number }
}

async fn first(job: First, _: Context<FarEnd>) -> Result<Done, HandlerError> {
    Ok(done(job.number))
}

async fn second(job: Versioned, _: Context<FarEnd>) -> Result<Done, HandlerError> {
    Ok(done(job.number * job.factor))
}

async fn newer(job: Newer, _: Context<FarEnd>) -> Result<Done, HandlerError> {
    Ok(done(job.number))
}
