//! The native routes: a line each here, a file each beside.

mod act_on_operation;
mod delete_operation;
mod get_operation;
mod list_operations;
mod operation_errors;
mod operation_events;
mod operation_result;

use axum::Router;
use axum::routing::get;

use crate::actions::actions;

/// All that callers find under `/operations`.
pub(crate) fn operations() -> Router {
    Router::new()
        .route("/operations", get(list_operations::list))
        .route("/operations/{id}/result", get(operation_result::result))
        .route("/operations/{id}/events", get(operation_events::events))
        .route("/operations/{id}/errors", get(operation_errors::errors))
        .merge(
            actions("/operations/{id}")
                .get(get_operation::get)
                .delete(delete_operation::delete)
                .post("cancel", act_on_operation::cancel)
                .post("confirm", act_on_operation::confirm)
                .post("reject", act_on_operation::reject),
        )
}
