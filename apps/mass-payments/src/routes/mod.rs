//! The API of mass payments, a route a file.

mod act;
mod description;
mod found;
mod list;
mod payments;
mod request;
mod show;
mod start;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use deferral::http::actions;

pub(crate) use description::description;

use crate::state::MassPayments;

/// The largest body of a request.
const MAX_BODY: usize = 10 * 1024 * 1024;

pub(crate) fn routes() -> Router<MassPayments> {
    let start = post(start::start).layer(DefaultBodyLimit::max(MAX_BODY));
    Router::new()
        .route("/mass-payments", start.merge(get(list::list)))
        .route("/mass-payments/{id}/payments", get(payments::payments))
        .merge(
            actions("/mass-payments/{id}")
                .get(show::show)
                .post("confirm", act::confirm)
                .post("reject", act::reject)
                .post("cancel", act::cancel),
        )
}
