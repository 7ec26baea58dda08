//! One line of the report.

use serde::Serialize;

/// What was measured, beside what could have been at most.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figure {
    pub(crate) workload: String,
    /// The median over the rounds.
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The median of the same of bare SQLite, or of the bare server.
    pub(crate) raw_limit: Option<f64>,
    /// The median over the rounds of `value / rawLimit` within a round: on a machine that does
    /// other things too, neighbors in time are what can be compared.
    pub(crate) ratio: Option<f64>,
    /// User and system time of all processes that do the work.
    pub(crate) cpu_micros_per_job: Option<f64>,
    /// The same of the raw limit.
    pub(crate) raw_cpu_micros_per_job: Option<f64>,
    /// What an answered request survives; none when nothing is promised.
    pub(crate) durability: Option<&'static str>,
    /// How long the disk took to flush 8 KiB meanwhile.
    pub(crate) fsync_micros: Option<f64>,
    pub(crate) rounds: usize,
    /// The least and the most of all rounds.
    pub(crate) spread: [f64; 2],
    /// The line of a plot that it is a point of.
    pub(crate) series: Option<Series>,
}

/// A point on a line of a plot.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) at: u64,
}

/// One round of one figure.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Round {
    pub(crate) value: f64,
    pub(crate) cpu_micros: Option<f64>,
    /// Its neighbor: the raw limit and its processor time.
    pub(crate) raw: Option<(f64, Option<f64>)>,
    pub(crate) fsync_micros: f64,
}

impl Figure {
    /// The median over the rounds.
    pub(crate) fn over(workload: impl Into<String>, unit: &'static str, rounds: &[Round]) -> Self {
        let values = || rounds.iter().map(|round| round.value);
        let raw = || rounds.iter().filter_map(|round| Some((round.value, round.raw?)));
        Self {
            workload: workload.into(),
            value: median(values()).unwrap_or_default(),
            unit,
            raw_limit: median(raw().map(|(_, (limit, _))| limit)),
            ratio: median(raw().map(|(value, (limit, _))| value / limit)),
            cpu_micros_per_job: median(rounds.iter().filter_map(|round| round.cpu_micros)),
            raw_cpu_micros_per_job: median(raw().filter_map(|(_, (_, cpu))| cpu)),
            durability: None,
            fsync_micros: median(rounds.iter().map(|round| round.fsync_micros)),
            rounds: rounds.len(),
            spread: [
                values().fold(f64::INFINITY, f64::min),
                values().fold(f64::NEG_INFINITY, f64::max),
            ],
            series: None,
        }
    }

    /// An answer that it counts survives the loss of power.
    pub(crate) fn power_safe(self) -> Self {
        Self { durability: Some("power-safe"), ..self }
    }

    pub(crate) fn point(self, name: &'static str, at: u64) -> Self {
        Self { series: Some(Series { name, at }), ..self }
    }
}

/// The middle one; of an even number the upper one of the middle two.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    part(values, 0.5)
}

/// The one below which this part of the others lies.
pub(crate) fn part(values: impl IntoIterator<Item = f64>, part: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * part) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_not_moved_by_an_outlier() {
        assert_eq!(median([3.0, 1.0, 900.0]), Some(3.0));
        assert_eq!(median([]), None);
    }

    #[test]
    fn the_part_of_one_is_the_last() {
        assert_eq!(part([3.0, 1.0, 900.0], 1.0), Some(900.0));
        assert_eq!(part((0..100).map(f64::from), 0.99), Some(99.0));
    }

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        let round = |value, limit| Round { value, raw: Some((limit, None)), ..Round::default() };
        let slow_and_fast = [round(1.0, 2.0), round(10.0, 20.0), round(100.0, 200.0)];
        let figure = Figure::over("any", "1/s", &slow_and_fast);
        assert_eq!((figure.ratio, figure.raw_limit), (Some(0.5), Some(20.0)));
        assert_eq!((figure.value, figure.spread), (10.0, [1.0, 100.0]));
    }
}
