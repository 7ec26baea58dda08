//! `GET /operations/{id}/events`: the event stream under its own URL.

use axum::response::Response;

use crate::actions::Id;
use crate::api::Api;
use crate::event_stream;
use crate::problem::Problem;

pub(super) async fn events(api: Api, Id(id): Id) -> Result<Response, Problem> {
    event_stream::open(&api, id).await
}
