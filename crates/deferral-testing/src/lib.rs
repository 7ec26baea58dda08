//! What every store must do, said by an example and proven by a suite.
//!
//! [`MemoryStore`] is the example: the executable specification of
//! [`Store`](deferral_core::Store). [`conformance!`] is the suite: a sentence for every promise.
//! [`history`] compares a store with the example over random steps. [`TestClock`] and
//! [`FaultyStore`] give tests the two things that the world does not: time that stands still, and
//! trouble at the right moment.

mod attempt;
mod clock;
#[expect(clippy::expect_used, clippy::unwrap_used, reason = "a scenario fails by a panic")]
#[expect(missing_docs, reason = "the name of a scenario is the promise")]
pub mod conformance;
mod everything;
pub mod factory;
mod faults;
mod harness;
pub mod history;
mod memory;

pub use clock::TestClock;
pub use everything::Everything;
pub use factory::Factory;
pub use faults::{Call, Fault, FaultyStore};
pub use harness::{Harness, MemoryHarness};
pub use memory::MemoryStore;
