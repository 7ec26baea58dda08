//! `POST /mass-payments/{id}:confirm`, `:reject`, `:cancel`: the actions of the operation, in the
//! words of mass payments.

use deferral::http::{Acted, ActionBody, Api, Id, OptionalJson, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::found::mass_payment;

/// What a confirmation or rejection may carry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MassPaymentDecision")]
pub(super) struct Decision {
    /// A word from who decides.
    #[serde(default)]
    comment: Option<String>,
    /// `true` to have the accepted payments created although others were rejected.
    #[serde(default)]
    accept_errors: Option<bool>,
}

impl From<Decision> for ActionBody {
    fn from(decision: Decision) -> Self {
        let Decision { comment, accept_errors } = decision;
        let data = accept_errors.map_or(Value::Null, |yes| json!({ "accept_errors": yes }));
        Self { comment, data }
    }
}

pub(super) async fn confirm(
    api: Api,
    Id(id): Id,
    OptionalJson(decision): OptionalJson<Decision>,
) -> Result<Acted, Problem> {
    mass_payment(&api, id).await?;
    api.confirm(id, decision.into()).await
}

pub(super) async fn reject(
    api: Api,
    Id(id): Id,
    OptionalJson(decision): OptionalJson<Decision>,
) -> Result<Acted, Problem> {
    mass_payment(&api, id).await?;
    api.reject(id, decision.into()).await
}

pub(super) async fn cancel(
    api: Api,
    Id(id): Id,
    OptionalJson(_): OptionalJson<Decision>,
) -> Result<Acted, Problem> {
    mass_payment(&api, id).await?;
    api.cancel(id).await
}
