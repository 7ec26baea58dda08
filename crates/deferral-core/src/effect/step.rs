//! What to do next about an effect: pure decisions, by what is known and what its far end can do.

use std::time::Duration;

use serde_json::Value;

use super::{Effect, EffectState};
use crate::{Rejection, Timestamp, Token};

/// The waits between probes; the last one repeats.
const PROBE_WAITS: [u64; 4] = [1, 5, 15, 30];

/// What a handler declares about an effect's far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectSettings {
    /// Whether the far end can be asked by key.
    pub can_probe: bool,
    /// How long after giving up or takeover "not found" is believed: at least the call's timeout
    /// plus the longest time in which the far end may still act on a request it was sent.
    pub settle: Duration,
    /// How long the far end recognizes a repeated key, if it does.
    pub deduplicates_for: Option<Duration>,
    /// How long to keep asking before a person is called.
    pub give_up: Duration,
}

/// What to do next about an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectStep {
    /// It happened: here is its value.
    Return(Value),
    /// It was refused.
    Refuse(Rejection),
    /// Record `sending`, then call.
    Send,
    /// Its sender was taken over: record `unknown` first, then decide again.
    TakeOver(EffectState),
    /// Ask the far end; `believe_absence` says whether "not found" settles it.
    Probe {
        /// Whether "not found" means that it did not happen.
        believe_absence: bool,
    },
    /// Look again after this time.
    Wait(Duration),
    /// Call a person.
    Park(String),
}

impl Effect {
    /// What the attempt of `token` does next. `sender_alive`: whether the process that was
    /// sending is known to live (stopped, perhaps, and about to go on).
    pub fn next_step(
        &self,
        token: Token,
        settings: &EffectSettings,
        sender_alive: bool,
        now: Timestamp,
    ) -> EffectStep {
        match &self.state {
            EffectState::Planned => EffectStep::Send,
            EffectState::Confirmed { value } => EffectStep::Return(value.clone()),
            EffectState::Rejected(rejection) => EffectStep::Refuse(rejection.clone()),
            EffectState::Sending { token: sender, worker } => {
                EffectStep::TakeOver(EffectState::Unknown {
                    since: now,
                    // Our own token: the call was dropped in this very attempt, nothing is left
                    // that could still send.
                    sender: (*sender != token).then_some(*worker),
                    probes: 0,
                    reason: "its sender stopped before the answer was recorded".into(),
                })
            }
            EffectState::Unknown { since, sender, reason, .. } => {
                let held = sender.is_some() && sender_alive;
                self.resolve(settings, now.since(*since), held, reason, now)
            }
        }
    }

    fn resolve(
        &self,
        settings: &EffectSettings,
        unknown_for: Duration,
        sender_holds: bool,
        reason: &str,
        now: Timestamp,
    ) -> EffectStep {
        if unknown_for >= settings.give_up {
            return EffectStep::Park(format!(
                "whether `{}` happened could not be found out in {} h ({reason}); say what \
                 happened with `operations resolve`",
                self.name,
                settings.give_up.as_secs() / 3600,
            ));
        }
        let settled = unknown_for >= settings.settle && !sender_holds;
        if settings.can_probe {
            return EffectStep::Probe { believe_absence: settled };
        }
        let Some(retention) = settings.deduplicates_for else {
            return EffectStep::Park(format!(
                "whether `{}` happened is unknown ({reason}), and the far end can neither be \
                 asked nor recognizes a repetition; say what happened with `operations resolve`",
                self.name
            ));
        };
        // Half of the retention: the far end's clock and ours need not agree.
        if self.first_sent_at.is_some_and(|first| now.since(first) >= retention / 2) {
            return EffectStep::Park(format!(
                "whether `{}` happened is unknown ({reason}), and it is too late to repeat it \
                 safely; say what happened with `operations resolve`",
                self.name
            ));
        }
        if settled {
            EffectStep::Send
        } else {
            EffectStep::Wait(settings.settle - unknown_for.min(settings.settle))
        }
    }

    /// The state and the wait after a probe that settled nothing: the next probe, or the moment
    /// from which "not found" is believed, whichever comes first.
    pub fn after_probe(
        &self,
        settings: &EffectSettings,
        now: Timestamp,
    ) -> Option<(EffectState, Duration)> {
        let EffectState::Unknown { since, sender, probes, reason } = &self.state else {
            return None;
        };
        let step = usize::try_from(*probes).unwrap_or(usize::MAX).min(PROBE_WAITS.len() - 1);
        let usual = Duration::from_secs(PROBE_WAITS[step]);
        let until_settled = settings.settle.saturating_sub(now.since(*since));
        let wait = if until_settled.is_zero() { usual } else { usual.min(until_settled) };
        let state = EffectState::Unknown {
            since: *since,
            sender: *sender,
            probes: probes.saturating_add(1),
            reason: reason.clone(),
        };
        Some((state, wait))
    }

    /// How long after giving up the first probe comes.
    pub fn first_wait(settings: &EffectSettings) -> Duration {
        Duration::from_secs(PROBE_WAITS[0]).min(settings.settle)
    }
}
