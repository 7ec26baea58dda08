//! What to do next about an effect: pure decisions, by what is known and what its far end can do.

use std::time::Duration;

use serde_json::Value;

use super::{Effect, EffectState};
use crate::canary::{self, Canary};
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

/// What an attempt sees when it decides about an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// The attempt's token.
    pub token: Token,
    /// Whether the process that was sending is known to live: stopped, perhaps, and about to go
    /// on.
    pub sender_alive: bool,
    /// How long, by its monotonic clock, this process has known that the outcome is unknown: a
    /// step of the wall clock must not shorten the settling.
    pub watched: Duration,
    /// The time by the store's clock.
    pub now: Timestamp,
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
    /// Too early to repeat it: look again later.
    Wait,
    /// Call a person.
    Park(String),
}

/// What follows when nothing was found out.
#[derive(Debug, Clone, PartialEq)]
pub enum Unsettled {
    /// Record this state, look again after the time.
    Later(EffectState, Duration),
    /// Call a person.
    Park(String),
}

impl Effect {
    /// What an attempt does next.
    pub fn next_step(&self, settings: &EffectSettings, sight: &Sight) -> EffectStep {
        match &self.state {
            EffectState::Planned => EffectStep::Send,
            EffectState::Confirmed { value } => EffectStep::Return(value.clone()),
            EffectState::Rejected(rejection) => EffectStep::Refuse(rejection.clone()),
            EffectState::Sending { token, worker } => EffectStep::TakeOver(EffectState::Unknown {
                since: sight.now,
                asking_since: sight.now,
                // Our own token: the call was dropped in this very attempt, nothing is left that
                // could still send.
                sender: (*token != sight.token).then_some(*worker),
                probes: 0,
                reason: "its sender stopped before the answer was recorded".into(),
            }),
            EffectState::Unknown { since, sender, reason, .. } => {
                let held = sender.is_some() && sight.sender_alive;
                let unknown_for = sight.now.since(*since).min(sight.watched);
                let settled =
                    unknown_for >= settings.settle && !held || canary::is(Canary::BelieveAbsence);
                self.resolve(settings, settled, reason, sight.now)
            }
        }
    }

    fn resolve(
        &self,
        settings: &EffectSettings,
        settled: bool,
        reason: &str,
        now: Timestamp,
    ) -> EffectStep {
        if canary::is(Canary::RepeatUnknown) {
            return EffectStep::Send;
        }
        if settings.can_probe {
            return EffectStep::Probe { believe_absence: settled };
        }
        let Some(retention) = settings.deduplicates_for else {
            return EffectStep::Park(self.ask_person(
                reason,
                "the far end can neither be asked nor recognizes a repetition",
            ));
        };
        // Half of the retention: the far end's clock and ours need not agree.
        if self.first_sent_at.is_some_and(|first| now.since(first) >= retention / 2) {
            return EffectStep::Park(self.ask_person(reason, "it is too late to repeat it safely"));
        }
        if settled { EffectStep::Send } else { EffectStep::Wait }
    }

    fn ask_person(&self, reason: &str, but: &str) -> String {
        format!(
            "whether `{}` happened is unknown ({reason}), and {but}; say what happened with \
             `operations resolve`",
            self.name
        )
    }

    /// What follows when a look settled nothing: another one later, at the usual pace or when
    /// "not found" can be believed, whichever comes first; after a day a person.
    pub fn unsettled(&self, settings: &EffectSettings, sight: &Sight) -> Option<Unsettled> {
        let EffectState::Unknown { since, asking_since, sender, probes, reason } = &self.state
        else {
            return None;
        };
        let asked_for = sight.now.since(*asking_since);
        if asked_for >= settings.give_up {
            let hours = asked_for.as_secs() / 3600;
            let but = format!("it could not be found out in {hours} h");
            return Some(Unsettled::Park(self.ask_person(reason, &but)));
        }
        // While its sender lives it may still send: settling begins when it is gone.
        let held = sender.is_some() && sight.sender_alive;
        let since = if held { sight.now } else { *since };
        let step = usize::try_from(*probes).unwrap_or(usize::MAX).min(PROBE_WAITS.len() - 1);
        let usual = Duration::from_secs(PROBE_WAITS[step]);
        let unknown_for = sight.now.since(since).min(sight.watched);
        let until_settled = settings.settle.saturating_sub(unknown_for);
        let wait = if until_settled.is_zero() { usual } else { usual.min(until_settled) };
        let state = EffectState::Unknown {
            since,
            asking_since: *asking_since,
            sender: *sender,
            probes: probes.saturating_add(1),
            reason: reason.clone(),
        };
        Some(Unsettled::Later(state, wait))
    }

    /// How long after giving up the first probe comes.
    pub fn first_wait(settings: &EffectSettings) -> Duration {
        Duration::from_secs(PROBE_WAITS[0]).min(settings.settle)
    }
}
