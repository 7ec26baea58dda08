//! What one process measured, as it tells the one that started it.

use serde::{Deserialize, Serialize};

use super::stopwatch::Lap;
use crate::error::Error;
use crate::usage::Usage;

/// What one process did and used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) jobs: u64,
    pub(crate) seconds: f64,
    /// User and system time of the process meanwhile.
    pub(crate) cpu_seconds: f64,
    /// The most memory that it ever had, in MiB.
    pub(crate) peak: f64,
    /// How long each job waited, in milliseconds.
    pub(crate) waits: Vec<f64>,
    /// How large the file was after each part, in MiB.
    pub(crate) files: Vec<f64>,
}

impl Sample {
    pub(super) fn of(jobs: u64, lap: Lap) -> Result<Self, Error> {
        let peak = Usage::of(std::process::id())?.peak;
        let Lap { seconds, cpu_seconds } = lap;
        Ok(Self { jobs, seconds, cpu_seconds, peak, ..Self::default() })
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.jobs as f64 / self.seconds
    }

    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.jobs as f64
    }
}
