//! What the SQLite store promises, with the suite for all stores and what only a file can do.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

mod histories;

mod suite {
    deferral_testing::conformance!(crate::harness::open);
}
