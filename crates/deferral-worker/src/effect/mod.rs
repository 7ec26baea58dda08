//! Effects as a handler uses them: record, call, and when the answer is lost, ask.

mod builder;
mod protocol;
mod record;

pub use builder::{EffectBuilder, EffectCall, NoProbe, Probe, RejectedEffect};
