//! The answer to a request that was accepted.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use deferral_core::{Ending, ItemError, Operation, OperationId};
use serde_json::Value;

use crate::answer::{Answers, id_value};
use crate::api::Api;
use crate::document::{Shown, error_of};
use crate::header::{IDEMPOTENT_REPLAYED, OPERATION_ID, PREFERENCE_APPLIED, TRUE};
use crate::mode::Plan;
use crate::problem::Problem;
use crate::retry_after;
use crate::wait::{self, Waited};

/// What an accepted request is answered with: a 202, a replay of it, or the result if the caller
/// waited for it.
#[derive(Debug)]
pub struct Started {
    id: OperationId,
    response: Response,
}

impl Started {
    /// The operation that was accepted, now or before.
    pub const fn id(&self) -> OperationId {
        self.id
    }

    pub(crate) async fn first(api: &Api, operation: Box<Operation>, plan: &Plan) -> Self {
        let id = operation.id;
        let response = respond(api, operation, plan).await;
        Self { id, response }
    }

    pub(crate) async fn replay(api: &Api, operation: Box<Operation>, plan: &Plan) -> Self {
        let id = operation.id;
        let mut response = respond(api, operation, plan).await;
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, TRUE);
        Self { id, response }
    }
}

impl IntoResponse for Started {
    fn into_response(self) -> Response {
        self.response
    }
}

/// From here on the work is recorded: whatever goes wrong, the answer says so.
async fn respond(api: &Api, operation: Box<Operation>, plan: &Plan) -> Response {
    match plan.wait {
        None if operation.version == 1 => accepted(api, &operation, &[], plan),
        None => accepted(api, &operation.as_accepted(), &[], plan),
        // Boxed: most requests don't wait, and needn't carry the room for it.
        Some(at_most) => Box::pin(waited(api, *operation, at_most, plan)).await,
    }
}

async fn waited(api: &Api, operation: Operation, at_most: Duration, plan: &Plan) -> Response {
    let shared = api.shared();
    let id = operation.id;
    let waited = wait::until(shared, operation, at_most, wait::is_settled).await;
    let (operation, plan) = match waited {
        Ok(Waited { operation, honored }) => (operation, plan.honoring_wait(honored)),
        Err(problem) => return problem.of_operation(&api.base(), id).into_response(),
    };
    let plan = &plan;
    match &operation.ending {
        None => {
            // The errors are a part that can be looked up later; the promise is not.
            let errors = shared.shown_errors(&operation).await.unwrap_or_default();
            accepted(api, &operation, &errors, plan)
        }
        Some(_) if !plan.shows_result() => accepted(api, &operation.as_accepted(), &[], plan),
        Some(Ending::Succeeded { result }) => succeeded(api, &operation, result, plan),
        Some(Ending::Failed { .. } | Ending::Canceled { .. }) => failed(api, &operation, plan),
    }
}

/// A 202.
fn accepted(api: &Api, operation: &Operation, errors: &[ItemError], plan: &Plan) -> Response {
    let base = api.base();
    let answers = Answers { shared: api.shared(), base: &base };
    let again = match operation.version {
        1 => None,
        _ => retry_after::seconds(operation, api.now()),
    };
    let mut response = answers.pending(operation, Shown::Whole(errors), again.unwrap_or(1));
    if let Some(value) = plan.applied_to_pending().into_value() {
        response.headers_mut().insert(PREFERENCE_APPLIED, value);
    }
    response
}

/// The result alone. It names no `Operation-Location`: clients that follow one would take a
/// `status` in the result for the operation's.
fn succeeded(api: &Api, operation: &Operation, result: &Value, plan: &Plan) -> Response {
    let base = api.base();
    let answers = Answers { shared: api.shared(), base: &base };
    let minimal = plan.is_minimal();
    let mut response = answers.result(result, minimal);
    let minimal = minimal && response.status() == StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LOCATION, answers.url(operation.id, "/result"));
    headers.insert(header::CACHE_CONTROL, crate::header::NO_STORE);
    headers.insert(OPERATION_ID, id_value(operation.id));
    if let Some(value) = plan.applied_to_result(minimal).into_value() {
        headers.insert(PREFERENCE_APPLIED, value);
    }
    response
}

fn failed(api: &Api, operation: &Operation, plan: &Plan) -> Response {
    let Some(error) = error_of(operation) else {
        return Problem::internal("an operation ended badly without an error").into_response();
    };
    let problem = Problem::of_ending(operation.status, error);
    let mut response = problem.of_operation(&api.base(), operation.id).into_response();
    if let Some(value) = plan.applied_to_result(false).into_value() {
        response.headers_mut().insert(PREFERENCE_APPLIED, value);
    }
    response
}
