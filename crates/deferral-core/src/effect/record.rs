//! What is known about an effect.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{JobId, OperationId, Rejection, Timestamp, Token, WorkerId};

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
        /// Since when nobody can be sending it: its sender gave up, was taken over, or was last
        /// known to live.
        since: Timestamp,
        /// Since when it is being found out.
        asking_since: Timestamp,
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

impl Effect {
    /// The namespace of effect keys (a random UUID, fixed for ever: keys must never change).
    pub(super) const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6c1e_52a7_4b0e_9d35_8c1f_27ab_90d4);

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

    /// The effect as it stands when its sender gave up at `now`, and nothing of it can send any
    /// more.
    #[must_use]
    pub fn given_up(self, reason: impl Into<String>, now: Timestamp) -> Self {
        self.into_state(EffectState::Unknown {
            since: now,
            asking_since: now,
            sender: None,
            probes: 0,
            reason: reason.into(),
        })
    }

    /// Whether it may have happened without our knowing.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, EffectState::Sending { .. } | EffectState::Unknown { .. })
    }

    /// The effect as a call of `token` begins.
    #[must_use]
    pub fn sending(mut self, token: Token, worker: WorkerId, now: Timestamp) -> Self {
        self.state = EffectState::Sending { token, worker };
        self.sends = self.sends.saturating_add(1);
        self.first_sent_at.get_or_insert(now);
        self
    }

    /// The effect in another state.
    #[must_use]
    pub fn into_state(mut self, state: EffectState) -> Self {
        self.state = state;
        self
    }
}
