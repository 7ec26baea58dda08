//! One line of the report.

use serde::Serialize;

/// What was measured, beside what could have been at most.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figure {
    pub(crate) workload: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The same of the bare server that writes the same rows.
    pub(crate) raw_limit: Option<f64>,
    /// The median over the rounds of `value / rawLimit` within a round: on a machine that does
    /// other things too, neighbors in time are what can be compared.
    pub(crate) ratio: Option<f64>,
    /// User and system time of the server.
    pub(crate) cpu_micros_per_request: Option<f64>,
    /// What an answered request survives; none when nothing is promised.
    pub(crate) durability: Option<&'static str>,
    /// How long the disk took to flush 8 KiB meanwhile.
    pub(crate) fsync_micros: Option<f64>,
}

impl Figure {
    /// A figure that stands for itself.
    pub(crate) const fn alone(workload: &'static str, value: f64, unit: &'static str) -> Self {
        Self {
            workload,
            value,
            unit,
            raw_limit: None,
            ratio: None,
            cpu_micros_per_request: None,
            durability: None,
            fsync_micros: None,
        }
    }
}

/// The middle one; of an even number the upper one of the middle two. Zero of none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_not_moved_by_an_outlier() {
        assert_eq!(median([3.0, 1.0, 900.0]), 3.0);
        assert_eq!(median([]), 0.0);
    }
}
