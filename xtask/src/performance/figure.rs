//! One figure, as `deferral bench --json` tells it.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figure {
    pub(super) workload: String,
    pub(super) value: f64,
    pub(super) unit: String,
    pub(super) raw_limit: Option<f64>,
    pub(super) ratio: Option<f64>,
    pub(super) cpu_micros_per_job: Option<f64>,
    pub(super) raw_cpu_micros_per_job: Option<f64>,
    pub(super) durability: Option<String>,
    pub(super) fsync_micros: Option<f64>,
    pub(super) rounds: u64,
    pub(super) spread: [f64; 2],
    pub(super) series: Option<Series>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) at: u64,
}

#[cfg(test)]
impl Figure {
    /// A figure of a test.
    pub(super) fn of(workload: &str, value: f64, series: Option<(&str, u64)>) -> Self {
        Self {
            workload: workload.to_owned(),
            value,
            unit: "jobs/s".to_owned(),
            raw_limit: Some(value * 2.0),
            ratio: Some(0.5),
            cpu_micros_per_job: Some(12.34),
            raw_cpu_micros_per_job: Some(5.0),
            durability: Some("power-safe".to_owned()),
            fsync_micros: Some(200.0),
            rounds: 3,
            spread: [value * 0.9, value * 1.1],
            series: series.map(|(name, at)| Series { name: name.to_owned(), at }),
        }
    }
}
