//! The API, a route a line. Here everything is done as asked and answered truthfully; what goes
//! wrong on the way goes wrong in [`conduct`](crate::conduct).

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use crate::answer::{
    CreateAnswer, DecisionAnswer, LedgerAnswer, LinesAnswer, LookupAnswer, MassPaymentAnswer,
    MisbehaviorAnswer, Verdicts,
};
use crate::conduct::{self, Conduct};
use crate::extract::{Ago, Asked, Id, Sent};
use crate::office::{LineStatus, Mode, Status};
use crate::payment::{self, NewMassPayment};
use crate::problem::Problem;
use crate::store::{Arrival, LinesQuery, Store, View};

/// The most lines in one page.
const MAX_PAGE: usize = 500;

/// What the routes work with.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) mode: Mode,
    pub(crate) deduplicate: bool,
}

#[derive(Debug, Clone)]
struct Witness {
    store: Store,
    conduct: Arc<Conduct>,
}

#[derive(Deserialize)]
struct LookupQuery {
    mp_uuid: Uuid,
}

#[derive(Deserialize)]
struct PageQuery {
    status: Option<LineStatus>,
    cursor: Option<u32>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
struct LedgerQuery {
    reference: Option<String>,
    min_times: Option<u32>,
}

pub(crate) fn router(desk: Desk, conduct: Arc<Conduct>) -> Router {
    let witness = Witness { store: desk.store.clone(), conduct: Arc::clone(&conduct) };
    let misbehaving = Router::new()
        .route("/mass-payments", post(create).get(lookup))
        .route("/mass-payments/{id}", get(show))
        .route("/mass-payments/{id}/payments", get(lines))
        .route("/mass-payments/{id}/confirm", post(confirm))
        .route("/mass-payments/{id}/cancel", post(cancel))
        .with_state(desk)
        .route_layer(middleware::from_fn_with_state(conduct, conduct::act));
    let truthful = Router::new()
        .route("/ledger", get(ledger))
        .route("/misbehavior", get(misbehavior))
        .route("/livez", get(async || StatusCode::OK))
        .with_state(witness);
    misbehaving
        .merge(truthful)
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(conduct::MAX_BODY))
}

async fn create(
    State(desk): State<Desk>,
    Sent(sent): Sent<NewMassPayment>,
) -> Result<Response, Problem> {
    let NewMassPayment { mp_uuid, reference, sell_currency, payments } = sent;
    let lines = payment::lines(payments)?;
    let arrival = Arrival { mp_uuid, reference, sell_currency, lines };
    let (view, known) = if desk.deduplicate {
        desk.store.create_once(arrival, desk.mode).await?
    } else {
        (desk.store.create(arrival, desk.mode).await?, false)
    };
    let code = match view.status {
        Status::Processing => StatusCode::ACCEPTED,
        _ if known => StatusCode::OK,
        _ => StatusCode::CREATED,
    };
    Ok((code, Json(create_answer(&desk, view).await?)).into_response())
}

async fn create_answer(desk: &Desk, view: View) -> Result<CreateAnswer, Problem> {
    let verdicts = match view.status {
        Status::Processing => None,
        _ => Some(Verdicts::from(desk.store.lines(view.mass_payment.id, LinesQuery::ALL).await?)),
    };
    Ok(CreateAnswer { mass_payment: view.into(), verdicts })
}

async fn confirm(State(desk): State<Desk>, Id(id): Id) -> Result<Response, Problem> {
    let pace = desk.mode.pace();
    let view = desk.store.decide(id, move |it, now| it.confirm(now, pace)).await?;
    let (code, payments_created) = match view.status {
        Status::Created => (StatusCode::OK, Some(view.counts.created)),
        _ => (StatusCode::ACCEPTED, None),
    };
    Ok((code, Json(DecisionAnswer { id, status: view.status, payments_created })).into_response())
}

async fn cancel(State(desk): State<Desk>, Id(id): Id) -> Result<Json<DecisionAnswer>, Problem> {
    let view = desk.store.decide(id, |it, now| it.cancel(now)).await?;
    Ok(Json(DecisionAnswer { id, status: view.status, payments_created: None }))
}

async fn lookup(
    State(desk): State<Desk>,
    Ago(ago): Ago,
    Asked(query): Asked<LookupQuery>,
) -> Result<Json<LookupAnswer>, Problem> {
    let found = desk.store.lookup(query.mp_uuid, ago).await?;
    Ok(Json(LookupAnswer { items: found.into_iter().map(MassPaymentAnswer::from).collect() }))
}

async fn show(
    State(desk): State<Desk>,
    Ago(ago): Ago,
    Id(id): Id,
) -> Result<Json<MassPaymentAnswer>, Problem> {
    Ok(Json(desk.store.show(id, ago).await?.into()))
}

async fn lines(
    State(desk): State<Desk>,
    Ago(ago): Ago,
    Id(id): Id,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<LinesAnswer>, Problem> {
    let query = LinesQuery {
        ago,
        status: query.status,
        start: query.cursor.unwrap_or(0),
        limit: query.limit.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE),
    };
    Ok(Json(desk.store.lines(id, query).await?.into()))
}

async fn ledger(
    State(witness): State<Witness>,
    Asked(query): Asked<LedgerQuery>,
) -> Result<Json<LedgerAnswer>, Problem> {
    let entries = witness.store.ledger(query.reference.clone()).await?;
    let repeated = witness.store.repeated(query.reference).await?;
    Ok(Json(LedgerAnswer::new(entries, repeated, query.min_times.unwrap_or(1))))
}

async fn misbehavior(State(witness): State<Witness>) -> Result<Json<MisbehaviorAnswer>, Problem> {
    let counts = witness.store.misbehavior_counts().await?;
    let conduct = &witness.conduct;
    Ok(Json(MisbehaviorAnswer { counts, seed: conduct.seed(), pending: conduct.pending() }))
}
