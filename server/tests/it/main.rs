//! What the whole program says to its operators, and how it ends. What it survives, the battery
//! attacks.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]
#![expect(clippy::print_stdout, reason = "seeds and figures are told")]

mod bank;
mod bench;
mod faults;
mod payments;
mod process;
mod shutdown;
mod unclaimable;
mod world;
