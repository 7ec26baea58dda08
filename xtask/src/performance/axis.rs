//! An axis of a plot: where a value stands, and where lines are drawn.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero.
    Linear,
    /// In powers of ten.
    Logarithmic,
}

/// An axis from one value to another.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    scale: Scale,
    from: f64,
    to: f64,
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// Around all of these values.
    pub(super) fn around(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            least = least.min(value);
            most = most.max(value);
        }
        match scale {
            Scale::Linear => Self::linear(most.max(f64::MIN_POSITIVE)),
            Scale::Logarithmic => Self::logarithmic(least, most),
        }
    }

    fn linear(most: f64) -> Self {
        let rough = most / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|it| it * power).into_iter().find(|it| *it >= rough);
        let step = step.unwrap_or(rough);
        let count = (most / step - 1e-9).ceil();
        let ticks = (0..=count as u32).map(|it| f64::from(it) * step).collect();
        Self { scale: Scale::Linear, from: 0.0, to: count * step, ticks }
    }

    /// From a whole or half decade below to one above, with room for a number below the least.
    fn logarithmic(least: f64, most: f64) -> Self {
        let half = |value: f64, round: fn(f64) -> f64| round(value.log10() * 2.0) / 2.0;
        let (from, to) = (half(least * 0.7, f64::floor), half(most, f64::ceil));
        let ticks = (from.ceil() as i32..=to.floor() as i32).map(|it| 10f64.powi(it)).collect();
        Self { scale: Scale::Logarithmic, from: 10f64.powf(from), to: 10f64.powf(to), ticks }
    }

    /// Which part of the way a value stands at.
    pub(super) fn part(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Logarithmic => (value / self.from).log10() / (self.to / self.from).log10(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_begins_at_zero_and_has_room() {
        let axis = Axis::around(Scale::Linear, [40_000.0, 47_000.0].into_iter());
        assert_eq!(axis.ticks.first(), Some(&0.0));
        assert_eq!(axis.ticks.last(), Some(&50_000.0));
        assert!(axis.part(47_000.0) < 1.0);
    }

    #[test]
    fn a_logarithmic_axis_has_a_tick_a_decade() {
        let axis = Axis::around(Scale::Logarithmic, [3.0, 2500.0].into_iter());
        assert_eq!(axis.ticks, [1.0, 10.0, 100.0, 1000.0]);
        assert!(axis.part(3.0) > 0.1 && axis.part(2500.0) <= 1.0);
    }
}
