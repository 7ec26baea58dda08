//! A mass payment as its API shows it.

use deferral::core::{Attention, Ending, GateState};
use deferral::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Links, MassPaymentStatus};
use crate::counts::Counts;
use crate::jobs::MassPaymentResult;

/// A mass payment as its API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MassPaymentView {
    /// Its id: the operation's, and the `mp_uuid` at the back office.
    pub id: Uuid,
    /// The caller's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where it stands.
    pub status: MassPaymentStatus,
    /// Whether the back office refused some of its payments.
    pub with_errors: bool,
    /// Whether nothing can follow.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Whether an answer of the back office was lost, and what became of the request is being
    /// found out.
    pub verifying: bool,
    /// Whether its caller wants it to be stopped, which it is not yet.
    pub cancel_requested: bool,
    /// Why a person is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Trouble>,
    /// How many payments came how far; absent until work has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// What is to be decided, while it waits for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// Why it was canceled or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Trouble>,
    /// When this API accepted it.
    #[schemars(extend("format" = "date-time"))]
    pub received_at: String,
    /// When it last changed.
    #[schemars(extend("format" = "date-time"))]
    pub updated_at: String,
    /// When it ended.
    #[schemars(extend("format" = "date-time"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Where to go from here.
    pub links: Links,
}

/// What is to be decided.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MassPaymentConfirmation")]
pub struct Confirmation {
    /// In a sentence.
    pub summary: String,
    /// What a confirmation must carry.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub requires: Value,
    /// Without one until then, the mass payment is canceled.
    #[schemars(extend("format" = "date-time"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_by: Option<String>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trouble {
    /// Stable, part of the API.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

impl MassPaymentView {
    /// The mass payment of an operation; `url` makes absolute what begins with `/`.
    pub fn of(operation: &Operation, url: impl Fn(&str) -> String) -> Self {
        let status = MassPaymentStatus::of(operation);
        let result = result(operation);
        let with_errors = result.as_ref().map(|result| result.with_errors);
        Self {
            id: operation.id.as_uuid(),
            reference: operation.correlation.clone(),
            status,
            with_errors: with_errors.unwrap_or(operation.error_count > 0),
            is_final: status.is_final(),
            verifying: operation.verifying,
            cancel_requested: operation.status == Status::Canceling,
            attention: operation.attention.as_ref().map(attention),
            counts: result.map(|result| result.counts).or_else(|| counts(operation)),
            confirmation: confirmation(operation),
            error: error(operation),
            received_at: operation.created_at.to_string(),
            updated_at: operation.updated_at.to_string(),
            finished_at: operation.ended_at.map(|at| at.to_string()),
            links: Links::of(operation, url),
        }
    }
}

fn result(operation: &Operation) -> Option<MassPaymentResult> {
    match &operation.ending {
        Some(Ending::Succeeded { result }) => serde_json::from_value(result.clone()).ok(),
        Some(Ending::Failed { .. } | Ending::Canceled { .. }) | None => None,
    }
}

fn counts(operation: &Operation) -> Option<Counts> {
    let Progress { completed, failed, total, .. } = operation.progress.clone()?;
    let (accepted, rejected) = (completed.saturating_sub(failed), failed);
    Some(Counts { received: total?, accepted, rejected, created: 0 })
}

fn confirmation(operation: &Operation) -> Option<Confirmation> {
    let held = operation.status == Status::AwaitingConfirmation;
    let gate = operation.gate.as_ref().filter(|gate| held && gate.state == GateState::Pending)?;
    Some(Confirmation {
        summary: gate.summary.clone(),
        requires: gate.requires.clone(),
        confirm_by: gate.expires_at.map(|at| at.to_string()),
    })
}

fn attention(attention: &Attention) -> Trouble {
    Trouble { code: "NeedsAttention".into(), message: attention.reason.clone() }
}

fn error(operation: &Operation) -> Option<Trouble> {
    match &operation.ending {
        Some(Ending::Failed { error } | Ending::Canceled { error }) => {
            Some(Trouble { code: error.code.clone(), message: error.message.clone() })
        }
        Some(Ending::Succeeded { .. }) | None => None,
    }
}
