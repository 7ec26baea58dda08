//! `POST /mass-payments`: accepts a batch, under an id that is the back office's `mp_uuid` too.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deferral::http::{Api, Mode as AnswerMode, Problem};
use deferral::prelude::Timestamp;
use serde_json::json;

use super::request::{Received, receive};
use crate::settings::{MODE_OF_KEY, Mode};
use crate::state::MassPayments;
use crate::{CreateMassPayment, MediaType, stage};

/// For so long, the same payments under another key are taken for a mistake.
const GUARDED: Duration = Duration::from_secs(24 * 3600);
const GUARD: &str = "mass_payments.payments";

pub(super) async fn start(
    State(app): State<MassPayments>,
    api: Api,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Some(media_type) = media_type(&headers) else {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    };
    let now = jiff::Timestamp::from_microsecond(api.now().as_micros());
    let now = now.map_err(Problem::internal)?;
    match receive(media_type, body?, parameters, now, api.hold_body()).await {
        Ok(received) => accept(&app, &api, &headers, received).await,
        Err(problem) => refuse(&api, problem).await,
    }
}

/// What was right when it was first sent is not wrong when it comes again, though its dates may
/// be past by then: who is refused takes another key, and pays twice.
async fn refuse(api: &Api, problem: Problem) -> Result<Response, Problem> {
    api.replayed().await?.map(IntoResponse::into_response).ok_or(problem)
}

async fn accept(
    app: &MassPayments,
    api: &Api,
    headers: &HeaderMap,
    received: Received,
) -> Result<Response, Problem> {
    let Received { mass_payment, fingerprint } = received;
    let reference = mass_payment.reference.clone();
    let allow_duplicate = mass_payment.allow_duplicate;
    let confirm_by = mass_payment.confirm_by;
    let mut accept =
        api.accept(CreateMassPayment(mass_payment)).stage(stage::QUEUED_FOR_PROCESSING);
    accept = match mode(app, api) {
        Mode::Async => accept.require_key(),
        Mode::Sync if says_how(headers) => accept,
        Mode::Sync => accept.mode(AnswerMode::SyncDefault { budget: app.settings.sync_budget.0 }),
    };
    if let Some(time) = confirm_by {
        accept = accept.open_until(Timestamp::from_micros(time.as_microsecond()));
    }
    if let Some(reference) = reference {
        accept = accept.correlation(reference);
    }
    if !allow_duplicate {
        let path = api.absolute("/mass-payments");
        accept = accept
            .once(GUARD, fingerprint, GUARDED)
            .problem_on_taken(move |record, _| possible_duplicate(&path, record.operation));
    }
    Ok(accept.await?.into_response())
}

/// None when the body is written in nothing that is read here.
fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    MediaType::from_content_type(headers.get(header::CONTENT_TYPE)?.to_str().ok()?)
}

/// Whether the caller has moved: who sends one of these knows what a 202 is.
fn says_how(headers: &HeaderMap) -> bool {
    ["Idempotency-Key", "Operation-Id", "Prefer"].iter().any(|name| headers.contains_key(*name))
}

/// How this caller is answered who does not say.
fn mode(app: &MassPayments, api: &Api) -> Mode {
    let Some(text) = api.setting(MODE_OF_KEY) else { return app.settings.mode };
    text.parse().unwrap_or_else(|error| {
        tracing::warn!(tenant = %api.tenant(), %error, "An API key has a setting that is none");
        app.settings.mode
    })
}

fn possible_duplicate(path: &str, first: Option<deferral::prelude::OperationId>) -> Problem {
    let message = "The same payments were sent within the last 24 hours. If they shall be paid \
                   again, send \"allow_duplicate\": true.";
    let problem = Problem::conflict("PossibleDuplicate", message);
    match first {
        Some(id) => {
            problem.with("duplicateOf", json!({ "id": id, "link": format!("{path}/{id}") }))
        }
        None => problem,
    }
}
