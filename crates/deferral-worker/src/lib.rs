//! Claims jobs, runs handlers, keeps leases and effects, maintains the store.
//!
//! The life of a claimed job:
//!
//! ```text
//! claimer ── claim ──▶ executor ── begin ─▶ handler ─▶ finish ──▶ (slot free, claim again)
//!    ▲                    │                    │
//!    │                 heartbeat            effects: sending ─▶ call ─▶ confirmed | unknown
//! wake, poll           keeps the lease,     each recorded before it goes on
//!                      or fences the attempt
//! ```
//!
//! A handler runs *at least once*: a worker may die after any instruction, and the next attempt
//! begins at the top. What must not happen twice outside is an effect (see [`Context::effect`]).

mod attempt;
mod claimer;
mod context;
mod dice;
mod drain;
mod effect;
mod executor;
mod fence;
mod flag;
mod handler;
mod heartbeat;
#[cfg(test)]
#[cfg(feature = "shuttle")]
mod interleavings;
mod known_effects;
mod maintenance;
mod registry;
mod running;
mod session;
mod settings;
mod slots;
mod sync;
mod worker;

pub use context::Context;
pub use effect::{EffectBuilder, EffectCall, NoProbe, Probe, RejectedEffect};
pub use handler::{Handler, Handling};
pub use registry::{Registry, RegistryError};
pub use settings::{QueueSettings, Settings};
pub use worker::{Task, Worker, WorkerError};
