//! What the handlers of this application have in common.

use std::time::Duration;

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::WithdrawMassPayment;
use crate::back_office::{BackOffice, BackOfficeId, Standing, Status, refused_here};
use crate::counts::Counts;
use crate::state::MassPayments;

/// How an attempt ends.
pub(super) type Handled = Result<Outcome<MassPaymentResult>, HandlerError>;

/// The wait between two looks at the back office.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// After so many failed attempts it is an alarm that what exists is not there,
const PATIENCE: u32 = 6;
/// unless it is there when it is looked for again: no answer is staler than this.
const STALE: Duration = Duration::from_secs(5);

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

/// Our mass payment as it stands at the back office.
pub(super) async fn look(
    cx: &Context<MassPayments>,
    mp_uuid: Uuid,
    id: &BackOfficeId,
) -> Result<Standing, HandlerError> {
    let back_office = &cx.state().back_office;
    if let Some(standing) = back_office.show(mp_uuid, id).await.map_err(unanswered)? {
        return Ok(standing);
    }
    if cx.attempt() < PATIENCE {
        return Err(HandlerError::Retry(Cause::from("it is not there, or not there yet")));
    }
    // The attempts may all have gone into something else.
    tokio::time::sleep(STALE).await;
    let standing = back_office.show(mp_uuid, id).await.map_err(unanswered)?;
    standing.ok_or_else(|| HandlerError::Park {
        reason: format!(
            "the back office has no mass payment {} with our mp_uuid {mp_uuid}; if a person \
             named that id, it was another one's",
            id.as_str()
        ),
    })
}

/// Whether our mass payment stands as `happened` says: what a probe asks. That it can't be seen
/// does not mean that nothing happened to it.
pub(super) async fn stands(
    back_office: &BackOffice,
    mp_uuid: Uuid,
    id: &BackOfficeId,
    happened: impl Fn(Status) -> bool,
) -> Result<Option<()>, CallError> {
    match back_office.show(mp_uuid, id).await? {
        Some(standing) => Ok(happened(standing.status).then_some(())),
        None => Err(CallError::Unknown(Cause::from("it is not there"))),
    }
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
