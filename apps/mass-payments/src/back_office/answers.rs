//! What the back office answers, read strictly: an answer that does not have this form is none.
//! Members that we don't know are its own affair.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BackOfficeId;
use super::line_refusal::LineRefusal;

/// A mass payment as it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Standing {
    pub(crate) id: BackOfficeId,
    #[serde(default)]
    pub(super) mp_uuid: Option<Uuid>,
    #[serde(default)]
    pub(super) reference: Option<String>,
    pub(crate) status: Status,
    pub(crate) counts: Counts,
}

/// Where a mass payment stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Processing,
    Processed,
    Creating,
    Created,
    Canceled,
}

impl Status {
    /// Whether it was confirmed there: its payments are made, or are about to be.
    pub(crate) const fn is_confirmed(self) -> bool {
        matches!(self, Self::Creating | Self::Created)
    }
}

/// How far its lines have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Counts {
    pub(crate) received: u64,
    pub(crate) processed: u64,
    pub(crate) accepted: u64,
    pub(crate) rejected: u64,
    pub(crate) created: u64,
}

/// The answer to a creation. What became of the lines is asked apart, since it may come later.
#[derive(Debug, Deserialize)]
pub(super) struct CreateAnswer {
    pub(super) id: BackOfficeId,
    #[serde(default)]
    pub(super) mp_uuid: Option<Uuid>,
    #[serde(default)]
    pub(super) reference: Option<String>,
    #[serde(rename = "status")]
    _status: Status,
}

/// The answer to a confirmation or cancellation.
#[derive(Debug, Deserialize)]
pub(super) struct DecisionAnswer {
    pub(super) id: BackOfficeId,
    pub(super) status: Status,
}

/// The answer to a look by `mp_uuid`.
#[derive(Debug, Deserialize)]
pub(super) struct LookupAnswer {
    pub(super) items: Vec<Standing>,
}

/// A part of the lines of a mass payment.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct LinesPage {
    pub(crate) items: Vec<Line>,
    pub(crate) next_cursor: Option<String>,
}

/// A line as it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Line {
    pub(crate) line_id: String,
    /// Its place in the mass payment, from 0.
    pub(crate) index: usize,
    pub(crate) status: LineStatus,
    pub(crate) amount: String,
    pub(crate) currency: String,
    #[serde(default)]
    pub(crate) error: Option<LineRefusal>,
}

/// Where a line stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineStatus {
    Received,
    Accepted,
    Rejected,
    Created,
    Canceled,
}

/// What it says when it does not do what was asked.
#[derive(Debug, Deserialize)]
pub(super) struct Trouble {
    pub(super) error: String,
    #[serde(default)]
    pub(super) message: Option<String>,
    /// Where the mass payment stands that can't be decided so.
    #[serde(default)]
    pub(super) status: Option<Status>,
}
