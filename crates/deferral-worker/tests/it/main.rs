//! A worker at work on the memory store.

mod effects;
mod endings;
mod leases;
mod world;
