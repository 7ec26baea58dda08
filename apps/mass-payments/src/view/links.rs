//! Where to go from a mass payment: only what is possible now.

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

/// Where to go from a mass payment; absolute, and only what is possible now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MassPaymentLinks")]
pub struct Links {
    /// The mass payment itself.
    #[serde(rename = "self")]
    pub itself: String,
    /// Its payments, with what the back office says about each.
    pub payments: String,
    /// The operation: the same life in the words that all operations have.
    pub operation: String,
    /// `POST` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// `POST` to withdraw what is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<String>,
    /// `POST` to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<String>,
}

impl Links {
    /// The links of an operation's mass payment; `url` makes absolute what begins with `/`.
    pub fn of(operation: &Operation, url: impl Fn(&str) -> String) -> Self {
        let id = operation.id;
        let below = |rest: &str| url(&format!("/mass-payments/{id}{rest}"));
        let held = operation.status == Status::AwaitingConfirmation;
        let open = matches!(operation.status, Status::NotStarted | Status::Running) || held;
        Self {
            itself: below(""),
            payments: below("/payments"),
            operation: url(&format!("/operations/{id}")),
            confirm: held.then(|| below(":confirm")),
            reject: held.then(|| below(":reject")),
            cancel: (open && operation.cancelable).then(|| below(":cancel")),
        }
    }
}
