//! How much of everything, and the dice.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The number for every day, or the one that a release is accepted with.
pub(crate) fn size(small: usize, full: usize) -> usize {
    if std::env::var("DEFERRAL_ACCEPTANCE").is_ok_and(|wish| wish == "full") { full } else { small }
}

/// Dice that can be thrown again: `DEFERRAL_ACCEPTANCE_SEED`.
pub(crate) fn dice(test: &str) -> StdRng {
    let given = std::env::var("DEFERRAL_ACCEPTANCE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random::<u64>);
    println!("{test}: seed {seed}");
    StdRng::seed_from_u64(seed)
}
