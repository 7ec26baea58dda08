//! What an attack is given: how much, by which seed, where.

use std::path::PathBuf;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// How much of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Seconds for each attack: for every change.
    Small,
    /// What the ledger counts.
    Full,
}

/// One run of an attack.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// How much of everything.
    pub(crate) size: Size,
    /// What all that is random comes from.
    pub(crate) seed: u64,
    /// Where stores and logs go.
    pub(crate) folder: PathBuf,
}

impl Plan {
    /// The number for this size.
    pub(crate) const fn pick<T: Copy>(&self, small: T, full: T) -> T {
        match self.size {
            Size::Small => small,
            Size::Full => full,
        }
    }

    /// Dice that fall the same for the same seed.
    pub(crate) fn dice(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }
}
