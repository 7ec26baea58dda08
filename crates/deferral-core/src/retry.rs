//! How long to wait before the next attempt.

use std::time::Duration;

/// Exponential back-off with full jitter: the wait before attempt n+1 is drawn evenly from zero
/// to `base · 2ⁿ⁻¹`, at most `cap`. Jitter over the full range spreads a herd best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The longest wait after the first failure.
    pub base: Duration,
    /// The longest wait ever.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    /// 2 s, doubled each time, at most 10 minutes.
    fn default() -> Self {
        Self { base: Duration::from_secs(2), cap: Duration::from_secs(600) }
    }
}

impl RetryPolicy {
    /// The wait after `failures` failed attempts (1 is the first), `dice` from 0 to 1.
    pub fn delay(&self, failures: u32, dice: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        longest.mul_f64(dice.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy =
        RetryPolicy { base: Duration::from_secs(2), cap: Duration::from_secs(60) };

    #[test]
    fn the_longest_wait_doubles_up_to_the_cap() {
        let longest: Vec<u64> = (1..=7).map(|n| POLICY.delay(n, 1.0).as_secs()).collect();
        assert_eq!(longest, [2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn jitter_covers_the_full_range() {
        assert_eq!(POLICY.delay(3, 0.0), Duration::ZERO);
        assert_eq!(POLICY.delay(3, 0.5), Duration::from_secs(4));
    }

    #[test]
    fn many_failures_do_not_overflow() {
        assert_eq!(POLICY.delay(u32::MAX, 1.0), POLICY.cap);
    }
}
