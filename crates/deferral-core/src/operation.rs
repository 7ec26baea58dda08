//! What an API caller asked for and can follow.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Gate, JobId, Kind, OperationId, Status, Tenant, Timestamp};

/// So many item errors stand in the status document; all of them in the list of errors.
pub const SHOWN_ITEM_ERRORS: usize = 100;

/// How long a finished operation is kept unless the service says otherwise.
pub const DEFAULT_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);

/// An operation as it stands: the sum of its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its identity.
    pub id: OperationId,
    /// Whose it is; nobody else ever sees it.
    pub tenant: Tenant,
    /// What was asked for.
    pub kind: Kind,
    /// The caller's own reference, to find it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// The number of its last event: what a commit compares, the `ETag`, the SSE id.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// The application's own word for where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The stage it was accepted with, so that a replay can show the answer of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_stage: Option<String>,
    /// Whether `:cancel` is offered.
    pub cancelable: bool,
    /// How long it is kept after its end.
    pub retention: Duration,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its last event happened.
    pub updated_at: Timestamp,
    /// When its first attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Until when it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When cancellation was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_requested_at: Option<Timestamp>,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Whether an effect's outcome is being found out.
    #[serde(default)]
    pub verifying: bool,
    /// Why a person is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attention>,
    /// What it waits or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// How many items went wrong; the errors themselves are read apart.
    #[serde(default)]
    pub error_count: u64,
    /// The job that carries it out at present. Not visible outside, so no event tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Progress {
    /// Items done, those that went wrong included.
    pub completed: u64,
    /// Items that went wrong.
    #[serde(default)]
    pub failed: u64,
    /// All items, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// A word for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Progress {
    /// Whole percent, 99 at most: 100 is said by success alone.
    pub fn percent(&self) -> Option<u8> {
        let total = self.total.filter(|total| *total > 0)?;
        let percent = self.completed.saturating_mul(100) / total;
        u8::try_from(percent.min(99)).ok()
    }
}

/// Why a person is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// What that person needs to know.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With what was asked for.
    Succeeded {
        /// The kind's output as JSON.
        result: Value,
    },
    /// Without.
    Failed {
        /// Why.
        error: OperationError,
    },
    /// Stopped, rejected or expired.
    Canceled {
        /// Why.
        error: OperationError,
    },
}

/// Why an operation did not succeed: a stable code and a sentence, neither ever empty.
pub type OperationError = crate::Rejection;

/// One item of an operation that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemError {
    /// In `PascalCase`, stable, part of the API.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// Which item, as a JSON pointer into the request: `/payments/7`.
    pub target: String,
}

impl Operation {
    /// An operation as accepted at `now` (event number 1).
    pub fn accepted(id: OperationId, tenant: Tenant, kind: Kind, now: Timestamp) -> Self {
        Self {
            id,
            tenant,
            kind,
            correlation: None,
            version: 1,
            status: Status::NotStarted,
            stage: None,
            first_stage: None,
            cancelable: true,
            retention: DEFAULT_RETENTION,
            created_at: now,
            updated_at: now,
            started_at: None,
            ended_at: None,
            expires_at: None,
            cancel_requested_at: None,
            progress: None,
            verifying: false,
            attention: None,
            gate: None,
            error_count: 0,
            job: None,
            ending: None,
        }
    }

    /// This operation as it was when accepted: what a replay answers, and where a fold of its
    /// events begins.
    #[must_use]
    pub fn as_accepted(&self) -> Self {
        let mut accepted =
            Self::accepted(self.id, self.tenant.clone(), self.kind.clone(), self.created_at);
        accepted.correlation.clone_from(&self.correlation);
        accepted.cancelable = self.cancelable;
        accepted.retention = self.retention;
        accepted.stage.clone_from(&self.first_stage);
        accepted.first_stage.clone_from(&self.first_stage);
        accepted
    }

    /// Whether the time it is kept for is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}
