//! Creates a mass payment at the back office, waits for its verdicts, and decides what follows.

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::decision::{Decision, decide};
use super::rejected_lines::{self, Unread};
use super::step::{
    Handled, MassPaymentResult, drop_it, has_reached, look, look_again, mp_uuid, stop, unanswered,
    unless_canceled,
};
use super::{ConfirmMassPayment, WithdrawMassPayment, policy};
use crate::back_office::{
    BackOfficeId, Created, Standing, Status, canceled_there, is_refused_here, refused_here,
};
use crate::counts::Counts;
use crate::state::MassPayments;
use crate::{MassPayment, stage};

/// Creates a mass payment at the back office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CreateMassPayment(pub MassPayment);

impl Job for CreateMassPayment {
    const KIND: &'static str = "mass_payment.create";
    type Output = MassPaymentResult;

    fn policy() -> Policy {
        policy::unhurried()
    }
}

pub(crate) async fn create(job: CreateMassPayment, cx: Context<MassPayments>) -> Handled {
    let mass_payment = job.0;
    let mp_uuid = mp_uuid(&cx)?;
    begin(&cx, &mass_payment).await?;
    let id = match send(&cx, mp_uuid, &mass_payment).await? {
        Ok(created) => created.id,
        Err(rejection) if is_refused_here(&rejection) => return drop_it(rejection),
        Err(rejection) => return Err(HandlerError::Failed(rejection)),
    };
    if cx.is_canceled() {
        return stop(&cx, refused_here(), id);
    }
    let standing = progress(&cx, mp_uuid, &id, &mass_payment).await?;
    match standing.status {
        Status::Processing => look_again(&cx),
        Status::Canceled => drop_it(canceled_there()),
        Status::Processed | Status::Creating | Status::Created => {
            tell_rejected(&cx, &id, &mass_payment, standing.counts.rejected).await?;
            cx.stage(stage::PROCESSED).await?;
            go_on(&cx, &mass_payment, standing)
        }
    }
}

/// Shows that the work has begun, and how much of it there is.
async fn begin(cx: &Context<MassPayments>, mass_payment: &MassPayment) -> Result<(), HandlerError> {
    if has_reached(cx, stage::PROCESSING) || has_reached(cx, stage::PROCESSED) {
        return Ok(());
    }
    let total = Some(mass_payment.payments.len() as u64);
    cx.progress(Progress { total, ..Progress::default() }).await?;
    cx.stage(stage::PROCESSING).await
}

async fn send(
    cx: &Context<MassPayments>,
    mp_uuid: Uuid,
    mass_payment: &MassPayment,
) -> Result<Result<Created, Rejection>, HandlerError> {
    let MassPayments { back_office, settings } = cx.state();
    let reference = mass_payment.reference.as_deref();
    cx.effect("create")
        .key(mp_uuid)
        .timeout(settings.timeout.0)
        .settle(settings.settle.0)
        .call(async |key| {
            unless_canceled(cx)?;
            back_office.create(key, mass_payment).await
        })
        .probe(|key| back_office.find(key, reference))
        .or_rejected()
        .await
}

/// Looks where the mass payment stands, and shows it.
async fn progress(
    cx: &Context<MassPayments>,
    mp_uuid: Uuid,
    id: &BackOfficeId,
    mass_payment: &MassPayment,
) -> Result<Standing, HandlerError> {
    let standing = look(cx, mp_uuid, id).await?;
    let counts = standing.counts;
    let sent = mass_payment.payments.len() as u64;
    if counts.received != sent {
        let odd = format!("{} lines were received, {sent} were sent", counts.received);
        return Err(HandlerError::Retry(Cause::from(odd)));
    }
    let progress = Progress {
        completed: counts.processed,
        failed: counts.rejected,
        total: Some(sent),
        message: None,
    };
    cx.progress(progress).await?;
    Ok(standing)
}

/// Writes the rejected lines as item errors, all in one commit, and so only once.
async fn tell_rejected(
    cx: &Context<MassPayments>,
    id: &BackOfficeId,
    mass_payment: &MassPayment,
    rejected: u64,
) -> Result<(), HandlerError> {
    if rejected == 0 || cx.operation().is_none_or(|operation| operation.error_count > 0) {
        return Ok(());
    }
    let back_office = &cx.state().back_office;
    match rejected_lines::read(back_office, id, mass_payment, rejected).await {
        Ok(errors) => cx.item_errors(errors).await,
        Err(Unread::Away(error)) => Err(unanswered(error)),
        Err(Unread::Odd(odd)) => Err(HandlerError::Retry(Cause::from(odd))),
    }
}

fn go_on(cx: &Context<MassPayments>, mass_payment: &MassPayment, standing: Standing) -> Handled {
    let counts = Counts::from(standing.counts);
    let id = standing.id;
    let next = cx
        .job(&ConfirmMassPayment { back_office_id: id.clone() })?
        .stage(stage::QUEUED_FOR_CREATING);
    if standing.status.is_confirmed() {
        // Somebody at the bank did: all that is left is to follow.
        return Ok(Outcome::Then(next));
    }
    match decide(mass_payment, counts) {
        Decision::GoOn => Ok(Outcome::Then(next)),
        Decision::Stop(reason) => stop(cx, reason, id),
        Decision::Hold => {
            let undo = cx.job(&WithdrawMassPayment { back_office_id: id })?;
            let gate = gate(mass_payment, counts, next).undo(undo);
            Ok(Outcome::Confirm(Box::new(gate)))
        }
    }
}

fn gate(mass_payment: &MassPayment, counts: Counts, next: NewJob) -> Gate {
    let Counts { received, accepted, rejected, .. } = counts;
    let summary = if rejected == 0 {
        format!("All {received} payments were accepted. Confirm to have them created.")
    } else {
        format!(
            "{rejected} of {received} payments were rejected. Confirm with \"accept_errors\": \
             true to have the other {accepted} created."
        )
    };
    let mut gate = Gate::new(summary, next).details(json!({ "counts": counts }));
    if rejected > 0 {
        gate = gate.requires(json!({ "accept_errors": true }));
    }
    match mass_payment.confirm_by {
        Some(time) => gate.expires_at(Timestamp::from_micros(time.as_microsecond())),
        None => gate,
    }
}
