//! The store's clock: goes with the runtime's, and is stepped.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use deferral::core::{Clock, Timestamp};
use tokio::time::Instant;

/// Shows the time since the world began, moved by all steps so far.
pub(crate) struct WorldClock {
    begun: Instant,
    moved: AtomicI64,
}

/// When every world begins: 2027-01-15T08:00:00Z.
const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

impl WorldClock {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), moved: AtomicI64::new(0) }
    }

    /// Moves it, backwards too.
    pub(crate) fn step(&self, millis: i64) {
        self.moved.fetch_add(millis * 1000, Ordering::SeqCst);
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let shown = START.after(self.elapsed()).as_micros();
        Timestamp::from_micros(shown + self.moved.load(Ordering::SeqCst))
    }

    /// Since the world began.
    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}
