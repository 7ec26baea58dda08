//! The tools of the battery do what is said of them: else what it proves is nothing.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panic")]

mod power;
