//! `GET /operations/{id}/result`: 202 until it is there, then the result alone; 424 when there
//! will be none.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use deferral_core::{Ending, Operation};
use serde_json::Value;

use super::get_operation::awaited;
use crate::actions::Id;
use crate::answer::{Answers, id_value};
use crate::api::Api;
use crate::document::Shown;
use crate::etag::Etag;
use crate::header::{OPERATION_ID, PREFERENCE_APPLIED, REVALIDATE};
use crate::problem::Problem;
use crate::retry_after;

pub(super) async fn result(api: Api, Id(id): Id) -> Result<Response, Problem> {
    let (operation, applied) = awaited(&api, id).await?;
    let mut response = match &operation.ending {
        None => pending(&api, &operation).await?,
        Some(Ending::Succeeded { result }) => succeeded(&api, &operation, result),
        Some(Ending::Failed { error } | Ending::Canceled { error }) => {
            Problem::no_result(error).of_operation(&api.base(), id).into_response()
        }
    };
    if let Some(value) = applied.into_value() {
        response.headers_mut().insert(PREFERENCE_APPLIED, value);
    }
    Ok(response)
}

async fn pending(api: &Api, operation: &Operation) -> Result<Response, Problem> {
    let (shared, base) = (api.shared(), api.base());
    let errors = shared.shown_errors(operation).await?;
    let answers = Answers { shared, base: &base };
    let again = retry_after::seconds(operation, shared.now()).unwrap_or(1);
    let mut response = answers.pending(operation, Shown::Whole(&errors), again);
    // Itself, whatever the location of a first answer is.
    response.headers_mut().insert(header::LOCATION, answers.url(operation.id, "/result"));
    Ok(response)
}

fn succeeded(api: &Api, operation: &Operation, result: &Value) -> Response {
    let (shared, base) = (api.shared(), api.base());
    let answers = Answers { shared, base: &base };
    let etag = Etag(operation.version);
    let mut response = if etag.is_known(&api.headers) {
        answers.unchanged(operation)
    } else {
        answers.result(result, false)
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag.value());
    headers.insert(header::CACHE_CONTROL, REVALIDATE);
    headers.insert(OPERATION_ID, id_value(operation.id));
    response
}
