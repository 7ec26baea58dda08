//! The HTTP contract, asked over real connections of an API on the memory store.

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
