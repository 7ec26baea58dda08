//! What the SQLite store promises: the suite for all stores, and what only a file can do.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![expect(clippy::print_stdout, reason = "measured figures are printed")]

mod batches;
mod both;
mod child;
mod claims;
mod crashes;
mod damage;
mod fairness;
mod harness;
mod histories;
mod leading;
mod opening;
mod waking;

mod suite {
    deferral_testing::conformance!(crate::harness::open);
}
