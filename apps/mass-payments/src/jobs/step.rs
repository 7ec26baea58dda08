//! What the handlers of this application have in common.

use std::time::Duration;

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::WithdrawMassPayment;
use crate::back_office::{BackOfficeId, refused_here};
use crate::counts::Counts;
use crate::state::MassPayments;

/// How an attempt ends.
pub(super) type Handled = Result<Outcome<MassPaymentResult>, HandlerError>;

/// The wait between two looks at the back office.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// What became of a mass payment: the result of its operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MassPaymentResult {
    /// The mass payment.
    pub id: Uuid,
    /// The caller's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Always `created`.
    pub status: String,
    /// Whether the back office refused some of the payments.
    pub with_errors: bool,
    /// How many payments came how far.
    pub counts: Counts,
}

/// The mass payment's UUID: the operation's id, and what the back office knows it by.
pub(super) fn mp_uuid(cx: &Context<MassPayments>) -> Result<Uuid, HandlerError> {
    cx.operation_id().map(OperationId::as_uuid).ok_or_else(|| HandlerError::Park {
        reason: "it belongs to no operation, whose id would be the mass payment's".into(),
    })
}

/// The stage that was reached: a handler that runs again must not fall behind it.
pub(super) fn has_reached(cx: &Context<MassPayments>, stage: &str) -> bool {
    cx.operation().is_some_and(|operation| operation.stage.as_deref() == Some(stage))
}

/// Refuses to send once the caller has canceled. An effect whose outcome is unknown gets here
/// only when it is known not to have happened.
pub(super) fn unless_canceled(cx: &Context<MassPayments>) -> Result<(), CallError> {
    if cx.is_canceled() { Err(CallError::Rejected(refused_here())) } else { Ok(()) }
}

/// A question without a usable answer: it is asked again.
pub(super) fn unanswered(error: CallError) -> HandlerError {
    match error {
        CallError::Throttled(after) => HandlerError::Throttled(after),
        CallError::NotSent(cause) | CallError::Unknown(cause) => HandlerError::Retry(cause),
        CallError::Rejected(rejection) => HandlerError::Retry(Cause::from(rejection.to_string())),
    }
}

/// Looks again: soon at first, then ever more seldom.
pub(super) fn look_again(cx: &Context<MassPayments>) -> Handled {
    Ok(Outcome::Snooze((cx.age() / 10).clamp(SHORTEST, LONGEST)))
}

/// Ends the operation, and withdraws what stands at the back office.
pub(super) fn stop(cx: &Context<MassPayments>, reason: Rejection, id: BackOfficeId) -> Handled {
    let undo = cx.job(&WithdrawMassPayment { back_office_id: id })?;
    Ok(Outcome::Cancel { reason, undo: Some(undo) })
}

/// Ends the operation; there is nothing to withdraw.
pub(super) const fn drop_it(reason: Rejection) -> Handled {
    Ok(Outcome::Cancel { reason, undo: None })
}
