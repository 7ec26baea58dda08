//! Where a mass payment stands, in the words of its own API.

use std::fmt;
use std::str::FromStr;

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stage;

/// Where a mass payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MassPaymentStatus {
    /// Accepted by this API.
    QueuedForProcessing,
    /// The back office judges its payments.
    Processing,
    /// The verdicts are there; it waits for a confirmation.
    Processed,
    /// Confirmed.
    QueuedForCreating,
    /// The back office makes the payments.
    Creating,
    /// The accepted payments are made.
    Created,
    /// Canceled, rejected, expired, or refused as a whole: nothing was paid.
    Canceled,
    /// It could not be done: nothing was paid.
    Failed,
}

impl MassPaymentStatus {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::QueuedForProcessing,
        Self::Processing,
        Self::Processed,
        Self::QueuedForCreating,
        Self::Creating,
        Self::Created,
        Self::Canceled,
        Self::Failed,
    ];

    /// Where the mass payment of this operation stands.
    pub fn of(operation: &Operation) -> Self {
        match operation.status {
            Status::NotStarted => Self::QueuedForProcessing,
            Status::AwaitingConfirmation => Self::Processed,
            Status::Running | Status::Canceling => Self::at(operation),
            Status::Succeeded => Self::Created,
            Status::Canceled => Self::Canceled,
            Status::Failed => Self::Failed,
        }
    }

    /// By the stage, while it is worked on. What is processed counts as that once the decision
    /// about it is written too: who sees `processed` may confirm. A word that a newer release
    /// wrote says only on which side of the confirmation it is.
    fn at(operation: &Operation) -> Self {
        match operation.stage.as_deref() {
            Some(stage::QUEUED_FOR_PROCESSING) | None => Self::QueuedForProcessing,
            Some(stage::PROCESSING | stage::PROCESSED) => Self::Processing,
            Some(stage::QUEUED_FOR_CREATING) => Self::QueuedForCreating,
            Some(stage::CREATING) => Self::Creating,
            Some(_) if operation.gate.is_some() => Self::Creating,
            Some(_) => Self::Processing,
        }
    }

    /// Whether nothing can follow.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Created | Self::Canceled | Self::Failed)
    }

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueuedForProcessing => stage::QUEUED_FOR_PROCESSING,
            Self::Processing => stage::PROCESSING,
            Self::Processed => stage::PROCESSED,
            Self::QueuedForCreating => stage::QUEUED_FOR_CREATING,
            Self::Creating => stage::CREATING,
            Self::Created => "created",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for MassPaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A status that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such status of a mass payment")]
pub struct UnknownStatus;

impl FromStr for MassPaymentStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}
