//! The test kit, used as an application would.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod blocked;
mod embedded;
mod kit;
