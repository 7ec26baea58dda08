//! A worker at work on the memory store.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

mod effects;
mod endings;
mod leases;
mod nesting;
mod watches;
mod world;
