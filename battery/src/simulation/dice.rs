//! The dice of a world.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

/// Rolled in the order in which things happen, which they decide themselves.
pub(crate) struct Dice(Mutex<Xoshiro256PlusPlus>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(Xoshiro256PlusPlus::seed_from_u64(seed)))
    }

    fn with<T>(&self, roll: impl FnOnce(&mut Xoshiro256PlusPlus) -> T) -> T {
        roll(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn number(&self) -> u64 {
        self.with(|dice| dice.next_u64())
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        self.with(|dice| dice.random_range(low..=high))
    }

    /// True so often in a thousand times.
    pub(crate) fn chance(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.between(0, 999) < per_mille
    }

    pub(crate) fn millis(&self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    /// The random part of an id.
    pub(crate) fn bytes(&self) -> [u8; 10] {
        self.with(|dice| dice.random())
    }
}
