//! `POST /rehearsals`.

use axum::Router;
use axum::routing::post;
use deferral::http::openapi::Contribution;
use deferral::http::{Api, FieldError, Json, Problem, Started};

use crate::rehearsal::Rehearsal;

pub(crate) fn router() -> Router<()> {
    Router::new().route("/rehearsals", post(start))
}

async fn start(api: Api, Json(script): Json<Rehearsal>) -> Result<Started, Problem> {
    let faults = script.faults();
    if !faults.is_empty() {
        let field = |(pointer, message)| FieldError::new(pointer, "InvalidValue", message);
        return Err(Problem::validation(faults.into_iter().map(field).collect()));
    }
    api.start(script).await
}

pub(crate) fn describe() -> Contribution {
    let summary = "Runs a scripted operation.";
    Contribution::new("rehearsals").start::<Rehearsal>("/rehearsals", "startRehearsal", summary)
}
