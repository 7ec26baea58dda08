//! The memory store: what `trait Store` means, in plain code over ordered maps.
//!
//! Where the words of the trait leave a question open, this code is the answer, and every other
//! store gives the same one: random histories (see [`crate::history`]) compare them step by step.
//! It is written to be read, not to be fast.
//!
//! Rules that are easy to miss stand at the place: the order of checks and the times of jobs in
//! `commit`, who may claim what in `claim`, whose lease is over in `worker`, what is gone in
//! `read`, what is removed when in `maintain`.

mod bell;
mod claim;
mod commit;
mod job;
mod maintain;
mod read;
mod state;
mod store;
mod worker;

pub use store::MemoryStore;
