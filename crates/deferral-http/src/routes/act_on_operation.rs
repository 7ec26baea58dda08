//! `POST /operations/{id}:cancel`, `:confirm`, `:reject`.

use crate::act::{Acted, ActionBody};
use crate::actions::Id;
use crate::api::Api;
use crate::json::OptionalJson;
use crate::problem::Problem;

pub(super) async fn cancel(
    api: Api,
    Id(id): Id,
    OptionalJson(_): OptionalJson<ActionBody>,
) -> Result<Acted, Problem> {
    api.cancel(id).await
}

pub(super) async fn confirm(
    api: Api,
    Id(id): Id,
    OptionalJson(body): OptionalJson<ActionBody>,
) -> Result<Acted, Problem> {
    api.confirm(id, body).await
}

pub(super) async fn reject(
    api: Api,
    Id(id): Id,
    OptionalJson(body): OptionalJson<ActionBody>,
) -> Result<Acted, Problem> {
    api.reject(id, body).await
}
