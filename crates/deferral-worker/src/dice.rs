//! Where a worker's randomness comes from: for ids, and for the jitter of retries.

use std::fmt;
use std::sync::Arc;

/// Random numbers. Clones roll the same dice.
#[derive(Clone)]
pub(crate) struct Dice(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Default for Dice {
    /// Such as nobody can guess.
    fn default() -> Self {
        Self::by(rand::random)
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice")
    }
}

impl Dice {
    pub(crate) fn by(roll: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(roll))
    }

    /// The random part of an id.
    pub(crate) fn bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&(self.0)().to_be_bytes());
        bytes[8..].copy_from_slice(&(self.0)().to_be_bytes()[..2]);
        bytes
    }

    /// From 0 to 1.
    pub(crate) fn fraction(&self) -> f64 {
        let high = u32::try_from((self.0)() >> 32).unwrap_or(u32::MAX);
        f64::from(high) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_covers_the_whole_range() {
        assert!(Dice::by(|| 0).fraction() <= 0.0);
        assert!(Dice::by(|| u64::MAX).fraction() >= 1.0);
    }

    #[test]
    fn all_bytes_of_an_id_are_random() {
        assert_eq!(Dice::by(|| u64::MAX).bytes(), [255; 10]);
    }
}
