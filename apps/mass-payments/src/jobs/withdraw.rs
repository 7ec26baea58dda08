//! Withdraws a mass payment from the back office: what undoes a creation that shall not go on.

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy;
use super::step::{look, mp_uuid, stands};
use crate::back_office::{BackOfficeId, Status};
use crate::state::MassPayments;

/// Withdraws a mass payment from the back office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawMassPayment {
    pub(crate) back_office_id: BackOfficeId,
}

impl Job for WithdrawMassPayment {
    const KIND: &'static str = "mass_payment.withdraw";
    type Output = ();

    fn policy() -> Policy {
        policy::unhurried()
    }
}

pub(crate) async fn withdraw(
    job: WithdrawMassPayment,
    cx: Context<MassPayments>,
) -> Result<Outcome<()>, HandlerError> {
    let id = &job.back_office_id;
    let mp_uuid = mp_uuid(&cx)?;
    // An id may come from a person: what is not ours is not ours to cancel.
    let standing = look(&cx, mp_uuid, id).await?;
    let MassPayments { back_office, settings } = cx.state();
    let withdrawn = cx
        .effect("withdraw")
        .timeout(settings.timeout.0)
        .settle(settings.settle.0)
        .call(|_| back_office.cancel(id))
        .probe(|_| stands(back_office, mp_uuid, id, |status| status == Status::Canceled))
        .or_rejected()
        .await?;
    let Err(rejection) = withdrawn else { return Ok(Outcome::Complete(())) };
    // The operation says that nothing was paid. Whoever puts that right there lets this job look
    // again.
    if standing.status == Status::Canceled {
        return Ok(Outcome::Complete(()));
    }
    Err(HandlerError::Park {
        reason: format!(
            "the mass payment was to be withdrawn, but the back office would not: {rejection} \
             Cancel {} there, or recall its payments, and then retry this job",
            id.as_str()
        ),
    })
}
