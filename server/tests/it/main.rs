//! The promises of the whole program, against processes that are killed, stopped and raced. Small
//! by default; the sizes that a release is accepted with by `DEFERRAL_ACCEPTANCE=full`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]
#![expect(clippy::print_stdout, reason = "seeds and figures are told")]

mod bank;
mod faults;
mod gate;
mod kills;
mod payments;
mod process;
mod shutdown;
mod size;
mod skew;
mod storms;

mod world;
mod zombies;
