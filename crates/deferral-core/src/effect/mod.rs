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

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{JobId, OperationId, Rejection, Timestamp, Token, WorkerId};

/// The waits between probes; the last one repeats.
const PROBE_WAITS: [u64; 4] = [1, 5, 15, 30];

/// One named action on the outside world and what is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Whose it is: the operation's id, or the job's when it has none. Effects outlive attempts
    /// and jobs.
    pub owner: Uuid,
    /// Its name, unique within the owner.
    pub name: String,
    /// What the far end knows it by: the same over attempts, workers and redrives.
    pub key: Uuid,
    /// What is known.
    pub state: EffectState,
    /// How many times it was sent.
    pub sends: u32,
    /// When it was first sent: a backend's deduplication is counted from here.
    pub first_sent_at: Option<Timestamp>,
}

/// What is known about an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// Certainly nothing happened yet.
    Planned,
    /// A call may be under way.
    Sending {
        /// Under which token.
        token: Token,
        /// By which worker.
        worker: WorkerId,
    },
    /// Nobody knows whether it happened.
    Unknown {
        /// Since when its sender gave up or was taken over.
        since: Timestamp,
        /// The sender, if it was taken over and so might still be about to send.
        sender: Option<WorkerId>,
        /// How many probes did not settle it.
        probes: u32,
        /// Why it is unknown.
        reason: String,
    },
    /// It happened, once.
    Confirmed {
        /// What the far end answered, as JSON.
        value: Value,
    },
    /// The far end refused it.
    Rejected(Rejection),
}

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
    /// The namespace of effect keys (a random UUID, fixed for ever: keys must never change).
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6c1e_52a7_4b0e_9d35_8c1f_27ab_90d4);

    /// An effect that nothing was done about yet, with the key of its owner and name.
    pub fn planned(owner: Uuid, name: &str) -> Self {
        let key = Uuid::new_v5(&Self::NAMESPACE, format!("{owner}/{name}").as_bytes());
        Self {
            owner,
            name: name.to_owned(),
            key,
            state: EffectState::Planned,
            sends: 0,
            first_sent_at: None,
        }
    }

    /// The owner of the effects of a job.
    pub fn owner(operation: Option<OperationId>, job: JobId) -> Uuid {
        operation.map_or_else(|| job.as_uuid(), OperationId::as_uuid)
    }

    /// Whether it may have happened without our knowing.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, EffectState::Sending { .. } | EffectState::Unknown { .. })
    }

    /// The effect as a call of `token` begins.
    #[must_use]
    pub fn sending(mut self, token: Token, worker: WorkerId, now: Timestamp) -> Self {
        self.state = EffectState::Sending { token, worker };
        self.sends += 1;
        self.first_sent_at.get_or_insert(now);
        self
    }

    /// The effect in another state.
    #[must_use]
    pub fn into_state(mut self, state: EffectState) -> Self {
        self.state = state;
        self
    }

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

#[cfg(test)]
mod tests;
