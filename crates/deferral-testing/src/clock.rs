//! A clock that a test moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use deferral_core::{Clock, Timestamp};

/// Stands still until it is told otherwise. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct TestClock {
    micros: Arc<AtomicI64>,
    passed: Arc<AtomicU64>,
}

impl TestClock {
    /// When every test begins: 2027-01-15T08:00:00Z.
    pub const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    /// A clock that shows [`START`](Self::START).
    pub fn new() -> Self {
        Self { micros: Arc::new(AtomicI64::new(Self::START.as_micros())), passed: Arc::default() }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.passed.fetch_add(micros, Ordering::SeqCst);
        self.set(self.now().after(by));
    }

    /// Sets the clock, backwards too: no time passes.
    pub fn set(&self, time: Timestamp) {
        self.micros.store(time.as_micros(), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.passed.load(Ordering::SeqCst))
    }
}
