//! Two-step operations: what was found is shown, and somebody says go on or stop.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{NewJob, Timestamp};

/// How long a gate stays open unless the handler says otherwise.
const DEFAULT_OPEN: Duration = Duration::from_secs(7 * 24 * 3600);

/// A held operation: what it waits for, and the job that goes on once it is confirmed.
///
/// The next job is data here; it becomes a job only in the commit of the confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Whether and how it was decided.
    pub state: GateState,
    /// One sentence: what is to be confirmed.
    pub summary: String,
    /// What the decision rests on, for programs.
    pub details: Value,
    /// Members that the data of a confirmation must have, with these values.
    pub requires: Value,
    /// When it is closed by itself.
    pub expires_at: Option<Timestamp>,
    /// Goes on after the confirmation.
    pub next: NewJob,
    /// Undoes what was done, after rejection, cancellation or expiry.
    pub undo: Option<NewJob>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// What the one who decided had to say.
    pub comment: Option<String>,
}

/// Whether and how a gate was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GateState {
    /// Not yet.
    Pending,
    /// Go on.
    Confirmed,
    /// Stop.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// The operation was canceled instead.
    Canceled,
}

/// A decision on a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided; never `Pending`.
    pub state: GateState,
    /// A word from who decided.
    pub comment: Option<String>,
}

impl Gate {
    /// A gate with `next` behind it, open for seven days.
    pub fn new(summary: impl Into<String>, next: NewJob) -> Self {
        Self {
            state: GateState::Pending,
            summary: summary.into(),
            details: Value::Null,
            requires: Value::Null,
            expires_at: None,
            next,
            undo: None,
            decided_at: None,
            comment: None,
        }
    }

    /// Shows `details` to who decides.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Demands these members, with these values, in the data of a confirmation.
    #[must_use]
    pub fn requires(mut self, members: Value) -> Self {
        self.requires = members;
        self
    }

    /// Undoes with this job what was done, should it not be confirmed.
    #[must_use]
    pub fn undo(mut self, job: NewJob) -> Self {
        self.undo = Some(job);
        self
    }

    /// Closes the gate at this time.
    #[must_use]
    pub const fn expires_at(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// The gate as it opens at `now`: with a time to close.
    #[must_use]
    pub fn opened(mut self, now: Timestamp) -> Self {
        self.state = GateState::Pending;
        self.expires_at.get_or_insert(now.after(DEFAULT_OPEN));
        self
    }

    /// Which required member is missing from the data of a confirmation, or has another value.
    pub fn missing<'a>(&'a self, data: &Value) -> Option<(&'a str, &'a Value)> {
        let required = self.requires.as_object()?;
        let missing = required.iter().find(|(name, value)| data.get(name.as_str()) != Some(*value));
        missing.map(|(name, value)| (name.as_str(), value))
    }
}
