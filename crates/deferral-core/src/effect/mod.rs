//! Actions on the outside world: recorded before the call, asked about before a repetition.
//!
//! ```text
//!           ┌──────────── not sent, throttled ───────────┐
//!           ▼                                            │
//!  (none)  planned ── send ──▶ sending ── answered ──▶ confirmed | rejected
//!                      ▲          │
//!       not found,     │          ├─ no answer, or its sender is gone
//!       after settle   │          ▼
//!                      └────── unknown ── found ──▶ confirmed
//! ```

mod record;
mod step;

pub use record::{Effect, EffectState};
pub use step::{EffectSettings, EffectStep, Sight, Unsettled};

#[cfg(test)]
mod tests;
