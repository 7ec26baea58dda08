//! Points in time, and who may ask for the present one.

use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: whole microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds, so that jobs enqueued one after the other keep their order. Outside it is written
/// as RFC 3339 in UTC with milliseconds; inside (stores, serde) as the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The start of 1970, before anything a store can hold.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since 1970; any number is a valid time.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970, never negative.
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }

    /// This time plus `duration`; stays at the end of time instead of overflowing.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// How long after `earlier` this is; zero when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Reads RFC 3339 text such as `2026-11-22T10:00:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_microsecond()))
    }
}

impl fmt::Display for Timestamp {
    /// A time that no calendar has is written as the nearest one that it has: a row that is torn
    /// must not end the process that shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let time = jiff::Timestamp::from_microsecond(self.0).unwrap_or(nearest);
        write!(f, "{time:.3}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

/// Who is asked for the present time, so that tests can move it.
pub trait Clock: Send + Sync + 'static {
    /// The present time of this clock.
    fn now(&self) -> Timestamp;

    /// How much time has passed since some moment, by a clock that nobody sets: it tells time that
    /// passed from a step of [`now`](Self::now).
    fn elapsed(&self) -> Duration;
}

/// The clock of the host.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH.after(elapsed)
    }

    fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// What a clock showed, to find out later whether it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The time it showed.
    pub now: Timestamp,
    /// How much time had passed.
    pub elapsed: Duration,
}

/// A clock was set forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardStep {
    /// A lease that lived until after this was not over when the clock was set.
    pub lived_after: Timestamp,
    /// How long nobody looked: shorter leases may have ended in that time.
    pub unseen: Duration,
}

impl Seen {
    /// Clocks that are slewed differ by less.
    const TOLERANCE: Duration = Duration::from_secs(1);

    /// What this clock shows.
    pub fn of(clock: &dyn Clock) -> Self {
        Self { now: clock.now(), elapsed: clock.elapsed() }
    }

    /// Whether the clock was set forward since `earlier`.
    pub fn step_since(self, earlier: Self) -> Option<ForwardStep> {
        let unseen = self.elapsed.saturating_sub(earlier.elapsed);
        let expected = earlier.now.after(unseen);
        let is_step = self.now.since(expected) > Self::TOLERANCE;
        is_step.then_some(ForwardStep { lived_after: expected, unseen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_in_utc_with_milliseconds() {
        let time = Timestamp::from_micros(1_795_000_000_123_456);
        assert_eq!(time.to_string(), "2026-11-18T11:06:40.123Z");
    }

    #[test]
    fn written_time_is_read_back() {
        let time = Timestamp::parse("2026-11-22T10:00:00.250Z").unwrap();
        assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
    }

    #[test]
    fn end_of_time_does_not_overflow() {
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end.after(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::EPOCH.since(end), Duration::ZERO);
        assert!(end.to_string().starts_with("9999-12-30"));
        assert!(Timestamp::from_micros(i64::MIN).to_string().starts_with("-009999"));
    }
}
