//! The status document: an operation as callers see it.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use deferral_core::{
    Attention, Ending, Gate, GateState, ItemError, Operation, OperationError, Progress,
    SHOWN_ITEM_ERRORS, Status, Timestamp,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::base::{Base, Url};
use crate::settings::Settings;

/// An operation as callers see it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Operation")]
pub(crate) struct Document<'a> {
    id: Text<deferral_core::OperationId>,
    name: String,
    kind: &'a str,
    #[schemars(with = "StatusName")]
    status: Status,
    done: bool,
    create_time: Text<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Text<Timestamp>>,
    update_time: Text<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_request_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    percent_complete: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Confirmation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_count: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ItemDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    verifying: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    attention: Option<AttentionDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<&'a str>,
    durability: &'static str,
    links: Links<'a>,
}

/// How much of an operation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    /// All of it, with these item errors.
    Whole(&'a [ItemError]),
    /// Without result and item errors: in lists and in streams, where they would come many times.
    Brief,
}

/// What documents depend on besides the operation.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) base: &'a Base,
    pub(crate) settings: &'a Settings,
    pub(crate) durability: &'static str,
}

impl<'a> Frame<'a> {
    /// The document of an operation.
    pub(crate) fn document(self, operation: &'a Operation, shown: Shown<'a>) -> Document<'a> {
        let errors = match shown {
            Shown::Whole(errors) => &errors[..errors.len().min(SHOWN_ITEM_ERRORS)],
            Shown::Brief => &[],
        };
        Document {
            id: Text(operation.id),
            name: format!("tenants/{}/operations/{}", operation.tenant, operation.id),
            kind: operation.kind.as_str(),
            status: operation.status,
            done: operation.status.is_terminal(),
            create_time: Text(operation.created_at),
            start_time: operation.started_at.map(Text),
            update_time: Text(operation.updated_at),
            end_time: operation.ended_at.map(Text),
            expire_time: operation.expires_at.map(Text),
            cancel_request_time: operation.cancel_requested_at.map(Text),
            percent_complete: percent(operation),
            progress: operation.progress.as_ref().map(ProgressDocument::of),
            confirmation: operation.gate.as_ref().map(Confirmation::of),
            result: self.inline_result(operation, shown),
            resource_location: self.resource(operation),
            error: error_of(operation).map(ErrorDocument::of),
            error_count: (operation.error_count > 0).then_some(operation.error_count),
            errors: errors.iter().map(ItemDocument::of).collect(),
            stage: operation.stage.as_deref(),
            verifying: operation.verifying,
            attention: operation.attention.as_ref().map(AttentionDocument::of),
            correlation: operation.correlation.as_deref(),
            durability: self.durability,
            links: Links::of(operation, self.base),
        }
    }

    fn inline_result(self, operation: &'a Operation, shown: Shown<'_>) -> Option<&'a Value> {
        match &operation.ending {
            Some(Ending::Succeeded { result }) if shown != Shown::Brief => {
                fits(result, self.settings.inline_result).then_some(result)
            }
            _ => None,
        }
    }

    fn resource(self, operation: &Operation) -> Option<String> {
        let succeeded = operation.status == Status::Succeeded;
        let path = self.settings.resources.get(&operation.kind).filter(|_| succeeded)?;
        Some(self.base.join(&path.replace("{id}", &operation.id.to_string())))
    }
}

/// How an operation ended, if not well.
pub(crate) const fn error_of(operation: &Operation) -> Option<&OperationError> {
    match &operation.ending {
        Some(Ending::Failed { error } | Ending::Canceled { error }) => Some(error),
        Some(Ending::Succeeded { .. }) | None => None,
    }
}

fn percent(operation: &Operation) -> Option<u8> {
    if operation.status == Status::Succeeded {
        return Some(100);
    }
    operation.progress.as_ref().and_then(Progress::percent)
}

/// Whether the JSON text of `value` is not longer than `limit`: stops writing where it is.
fn fits(value: &Value, limit: usize) -> bool {
    serde_json::to_writer(Room(limit), value).is_ok()
}

struct Room(usize);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Progress")]
struct ProgressDocument<'a> {
    completed: u64,
    failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> ProgressDocument<'a> {
    fn of(progress: &'a Progress) -> Self {
        let Progress { completed, failed, total, message } = progress;
        let (completed, failed, total) = (*completed, *failed, *total);
        Self { completed, failed, total, unit: "items", message: message.as_deref() }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Confirmation<'a> {
    #[schemars(with = "GateName")]
    state: GateState,
    summary: &'a str,
    #[serde(skip_serializing_if = "Value::is_null")]
    details: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_time: Option<Text<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

impl<'a> Confirmation<'a> {
    fn of(gate: &'a Gate) -> Self {
        Self {
            state: gate.state,
            summary: &gate.summary,
            details: &gate.details,
            expire_time: gate.expires_at.map(Text),
            decision_time: gate.decided_at.map(Text),
            comment: gate.comment.as_deref(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OperationError")]
struct ErrorDocument<'a> {
    code: &'a str,
    message: &'a str,
}

impl<'a> ErrorDocument<'a> {
    fn of(error: &'a OperationError) -> Self {
        Self { code: &error.code, message: &error.message }
    }
}

/// One item that went wrong: `code`, `message`, `target` as clients of errors read it, `pointer`
/// and `detail` as RFC 9457 has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ItemError")]
pub(crate) struct ItemDocument<'a> {
    code: &'a str,
    message: &'a str,
    target: &'a str,
    pointer: Cow<'a, str>,
    detail: &'a str,
}

impl<'a> ItemDocument<'a> {
    pub(crate) fn of(error: &'a ItemError) -> Self {
        let ItemError { code, message, target } = error;
        Self { code, message, target, pointer: format!("#{target}").into(), detail: message }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Attention")]
struct AttentionDocument<'a> {
    reason: &'a str,
    since: Text<Timestamp>,
}

impl<'a> AttentionDocument<'a> {
    fn of(attention: &'a Attention) -> Self {
        Self { reason: &attention.reason, since: Text(attention.since) }
    }
}

/// Only what is possible now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OperationLinks")]
struct Links<'a> {
    #[serde(rename = "self")]
    monitor: Text<Url<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Text<Url<'a>>>,
    events: Text<Url<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Text<Url<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel: Option<Text<Url<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Text<Url<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reject: Option<Text<Url<'a>>>,
}

impl<'a> Links<'a> {
    fn of(operation: &Operation, base: &'a Base) -> Self {
        let link = |below| Text(base.operation(operation.id, below));
        let cancelable = operation.cancelable
            && matches!(
                operation.status,
                Status::NotStarted | Status::Running | Status::AwaitingConfirmation
            );
        let held = operation.status == Status::AwaitingConfirmation;
        Self {
            monitor: link(""),
            result: error_of(operation).is_none().then(|| link("/result")),
            events: link("/events"),
            errors: (operation.error_count > 0).then(|| link("/errors")),
            cancel: cancelable.then(|| link(":cancel")),
            confirm: held.then(|| link(":confirm")),
            reject: held.then(|| link(":reject")),
        }
    }
}

/// Written as its text.
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

macro_rules! text_schema {
    ($of:ty, $format:literal) => {
        impl JsonSchema for Text<$of> {
            fn schema_name() -> Cow<'static, str> {
                $format.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "format": $format})
            }
        }
    };
}

text_schema!(deferral_core::OperationId, "uuid");
text_schema!(Timestamp, "date-time");
text_schema!(Url<'_>, "uri");

/// The names of statuses, for the schema.
struct StatusName;

impl JsonSchema for StatusName {
    fn schema_name() -> Cow<'static, str> {
        "OperationStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": Status::ALL.map(Status::as_str)})
    }
}

/// The names of a gate's states, for the schema.
struct GateName;

impl JsonSchema for GateName {
    fn schema_name() -> Cow<'static, str> {
        "ConfirmationState".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "enum": ["Pending", "Confirmed", "Rejected", "Expired", "Canceled"],
        })
    }
}
