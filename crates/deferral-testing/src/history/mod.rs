//! Random histories: a store and the memory store live through the same steps, and whatever can
//! be seen must be the same after each.
//!
//! [`run`] plays a long history from a seed. [`strategy`] makes short ones for `proptest`, which
//! finds the shortest that still disagrees; [`shortest_disagreement`] does both.

mod action;
mod lease;
mod pair;
mod play;
mod read;
mod run;
mod step;
mod strategy;
mod world;

pub use pair::Disagreement;
pub use play::{Tally, agree};
pub use run::{run, shortest_disagreement};
pub use step::{Action, Arrival, Ending, Forgery, Gated, Pick, Report, Statement, Step, Work};
pub use strategy::strategy;
