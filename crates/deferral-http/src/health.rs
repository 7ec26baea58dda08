//! `/livez` and `/readyz`: plain text for machines that restart processes and balance load.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use deferral_core::{OperationId, Tenant};
use tokio::time::timeout;
use uuid::Uuid;

use crate::edge::PlainOnPurpose;
use crate::problem::NOT_READY;
use crate::shared::Shared;

/// How long the store may take to show that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    let routes = Router::new().route("/livez", get(live)).route("/readyz", get(ready));
    routes.with_state(Arc::clone(shared))
}

/// The process runs: nothing else is asked.
async fn live() -> Response {
    plain(StatusCode::OK, "ok\n".to_owned())
}

/// Whether this process should get requests.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let durability = shared.store.durability().as_str();
    let (status, word) = match reason_against(&shared).await {
        Some(reason) => (NOT_READY, reason),
        None => (StatusCode::OK, "ok"),
    };
    plain(status, format!("{word}\ndurability: {durability}\n"))
}

/// Why this process should get no requests now, and what to do.
async fn reason_against(shared: &Shared) -> Option<&'static str> {
    if shared.is_draining() {
        return Some("draining");
    }
    if !is_store_there(shared).await {
        return Some("the store can't be reached; the log says why");
    }
    shared.writable.check(&*shared.store).await.err()
}

async fn is_store_there(shared: &Shared) -> bool {
    let nobody = OperationId::from_uuid(Uuid::nil());
    let tenant = Tenant::default();
    let look = shared.store.operation(&tenant, nobody);
    matches!(timeout(PATIENCE, look).await, Ok(Ok(_)))
}

fn plain(status: StatusCode, text: String) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Extension(PlainOnPurpose), text).into_response()
}
