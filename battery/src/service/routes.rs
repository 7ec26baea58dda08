//! `POST /battery/{job}`: starts an operation with a job of the battery.

use axum::Router;
use axum::extract::Path;
use axum::routing::post;
use deferral::http::{Api, Json, Problem, Started};
use serde_json::Value;

use super::far_end::FarEnd;
use super::pill::Pill;
use super::release::{Newer, Versioned};
use super::step::Step;
use super::tick::Tick;

pub(super) fn routes() -> Router<FarEnd> {
    Router::new().route("/battery/{job}", post(start))
}

async fn start(
    Path(job): Path<String>,
    api: Api,
    Json(input): Json<Value>,
) -> Result<Started, Problem> {
    let unreadable =
        |error: serde_json::Error| Problem::bad_request("Unreadable", error.to_string());
    match job.as_str() {
        "steps" => api.start(serde_json::from_value::<Step>(input).map_err(unreadable)?).await,
        "ticks" => api.start(serde_json::from_value::<Tick>(input).map_err(unreadable)?).await,
        "pills" => api.start(serde_json::from_value::<Pill>(input).map_err(unreadable)?).await,
        "versioned" => {
            api.start(serde_json::from_value::<Versioned>(input).map_err(unreadable)?).await
        }
        "newer" => api.start(serde_json::from_value::<Newer>(input).map_err(unreadable)?).await,
        _ => Err(Problem::missing("NoSuchJob", "There is no such job.")),
    }
}
