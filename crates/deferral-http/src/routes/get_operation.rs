//! `GET /operations/{id}`: the status document, at once or once it is worth it.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use deferral_core::{Operation, OperationId};

use crate::actions::Id;
use crate::answer::Answers;
use crate::api::Api;
use crate::document::Shown;
use crate::etag::Etag;
use crate::event_stream;
use crate::header::{Form, PREFERENCE_APPLIED, form};
use crate::prefer::{Applied, Prefer};
use crate::problem::Problem;
use crate::wait::{self, Waited};

pub(super) async fn get(api: Api, Id(id): Id) -> Result<Response, Problem> {
    match form(&api.headers) {
        Some(Form::Json) => status(&api, id).await,
        Some(Form::Events) => event_stream::open(&api, id).await,
        None => Err(Problem::not_acceptable()),
    }
}

async fn status(api: &Api, id: OperationId) -> Result<Response, Problem> {
    let (shared, base) = (api.shared(), api.base());
    let (operation, applied) = awaited(api, id).await?;
    let answers = Answers { shared, base: &base };
    let mut response = if Etag(operation.version).is_known(&api.headers) {
        answers.unchanged(&operation)
    } else {
        let errors = shared.shown_errors(&operation).await?;
        answers.status(&operation, Shown::Whole(&errors))
    };
    if let Some(value) = applied.into_value() {
        response.headers_mut().insert(PREFERENCE_APPLIED, value);
    }
    Ok(response)
}

/// The operation, after the wait that the caller prefers.
pub(super) async fn awaited(api: &Api, id: OperationId) -> Result<(Operation, Applied), Problem> {
    let mut applied = Applied::default();
    let operation = api.operation(id).await?;
    let wait = Prefer::of(&api.headers).wait_at_most(api.shared().settings.wait_cap);
    let Some(at_most) = wait else { return Ok((operation, applied)) };
    let enough = |operation: &Operation| is_news(operation, &api.headers);
    let Waited { operation, honored } =
        wait::until(api.shared(), operation, at_most, enough).await?;
    if honored {
        applied.add_wait(at_most);
    }
    Ok((operation, applied))
}

/// For one who knows a version any other is news; for all others what settles it.
fn is_news(operation: &Operation, headers: &HeaderMap) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        let known = Etag(operation.version).is_known(headers);
        return !known || operation.status.is_terminal();
    }
    wait::is_settled(operation)
}
