//! Has the accepted payments created, and waits until they are.

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::policy;
use super::step::{
    Handled, MassPaymentResult, drop_it, has_reached, look, look_again, mp_uuid, stands, stop,
    unless_canceled,
};
use crate::back_office::{BackOfficeId, Standing, Status, canceled_there, is_canceled_there};
use crate::counts::Counts;
use crate::stage;
use crate::state::MassPayments;

/// Has the accepted payments of a mass payment created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmMassPayment {
    pub(crate) back_office_id: BackOfficeId,
}

impl Job for ConfirmMassPayment {
    const KIND: &'static str = "mass_payment.confirm";
    type Output = MassPaymentResult;

    fn policy() -> Policy {
        policy::urgent()
    }
}

pub(crate) async fn confirm(job: ConfirmMassPayment, cx: Context<MassPayments>) -> Handled {
    let id = job.back_office_id;
    let mp_uuid = mp_uuid(&cx)?;
    if !has_reached(&cx, stage::CREATING) {
        cx.stage(stage::CREATING).await?;
    }
    match send(&cx, mp_uuid, &id).await? {
        Ok(()) => {}
        Err(rejection) if is_canceled_there(&rejection) => return drop_it(rejection),
        Err(rejection) => return stop(&cx, rejection, id),
    }
    // From here on money moves: a caller who cancels now is too late.
    let standing = look(&cx, mp_uuid, &id).await?;
    match standing.status {
        Status::Created => Ok(Outcome::Complete(result(&cx, mp_uuid, &standing))),
        Status::Canceled => drop_it(canceled_there()),
        // The state of a moment ago, before it was confirmed.
        Status::Processing | Status::Processed | Status::Creating => look_again(&cx),
    }
}

/// Whether it happened can be seen where the mass payment stands, so that a back office which
/// can't be asked by `mp_uuid` is no hindrance here.
async fn send(
    cx: &Context<MassPayments>,
    mp_uuid: Uuid,
    id: &BackOfficeId,
) -> Result<Result<(), Rejection>, HandlerError> {
    let MassPayments { back_office, settings } = cx.state();
    cx.effect("confirm")
        .timeout(settings.timeout.0)
        .settle(settings.settle.0)
        .call(async |_| {
            unless_canceled(cx)?;
            back_office.confirm(id).await
        })
        .probe(|_| stands(back_office, mp_uuid, id, Status::is_confirmed))
        .or_rejected()
        .await
}

fn result(cx: &Context<MassPayments>, id: Uuid, standing: &Standing) -> MassPaymentResult {
    let counts = Counts::from(standing.counts);
    MassPaymentResult {
        id,
        reference: cx.operation().and_then(|operation| operation.correlation),
        status: "created".into(),
        with_errors: counts.rejected > 0,
        counts,
    }
}
