//! Waiting for another process, without asking all the time and without asking in step with it.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

/// The shortest and the longest pause, in microseconds.
const PAUSES: (u64, u64) = (50, 300);

/// Waits in short pauses of random length until its time is over.
pub(crate) struct Patience {
    limit: Duration,
    since: Instant,
    dice: RandomState,
}

impl Patience {
    /// Waits so long in all.
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, since: Instant::now(), dice: RandomState::new() }
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.since = Instant::now();
    }

    /// Pauses once. False when the time is over.
    #[expect(clippy::disallowed_methods, reason = "another process's lock can only be polled")]
    pub(crate) fn pause(&self) -> bool {
        let waited = self.since.elapsed();
        if waited >= self.limit {
            return false;
        }
        let (shortest, longest) = PAUSES;
        let spread = self.dice.hash_one(waited) % (longest - shortest);
        std::thread::sleep(Duration::from_micros(shortest + spread));
        true
    }
}
