//! The suite: every promise that a store makes, as a scenario.
//!
//! A store proves itself with one line in its tests, given a function that opens it empty as a
//! [`Harness`]:
//!
//! ```text
//! deferral_testing::conformance!(crate::open);
//! ```

pub mod accept;
pub mod cancel;
pub mod claim;
pub mod confirm;
pub mod damage;
pub mod effects;
pub mod finish;
pub mod keys;
pub mod late_write;
pub mod lease;
mod list;
pub mod maintenance;
mod prove;
pub mod races;
pub mod read;
mod scene;
pub mod suspects;
pub mod wake;

pub use crate::harness::Harness;
pub use prove::prove;
