//! The HTTP contract, asked over real connections of an API on the memory store.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

mod actions;
mod auth;
mod bodies;
mod documents;
mod faults;
mod guards;
mod hand;
mod idempotency;
mod lists;
mod polls;
mod raw;
mod results;
mod rig;
mod routing;
mod serving;
mod starts;
mod streams;
