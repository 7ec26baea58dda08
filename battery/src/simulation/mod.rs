//! Whole worlds in one thread and no time: the real worker over the memory store, callers, and a
//! bank with a ledger, under faults.
//!
//! A world comes from one number. Its clock is the runtime's, paused, so that waiting takes no
//! time; all dice are its own; how long a call takes, whether it fails and who dies in it is drawn
//! at each call to the store or to the bank. So a world that goes wrong goes wrong again, and can
//! be looked at: `battery world N --trace`.
//!
//! What it can't see: interleavings of threads (for those `shuttle` runs parts of the worker), and
//! how a real store writes and a real process dies (for those the other attacks are).

mod bank;
mod caller;
mod clock;
mod dice;
mod nemesis;
mod observer;
mod process;
mod seeds;
mod store;
mod supervisor;
mod trace;
mod verdict;
mod weather;
mod work;
mod world;

pub(crate) use seeds::KNOWN;
pub(crate) use world::{Told, live};

#[cfg(test)]
mod tests;
