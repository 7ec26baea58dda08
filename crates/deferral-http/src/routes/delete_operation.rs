//! `DELETE /operations/{id}`: forgets a finished operation. It never cancels.

use axum::http::StatusCode;

use crate::actions::Id;
use crate::api::Api;
use crate::problem::Problem;

pub(super) async fn delete(api: Api, Id(id): Id) -> Result<StatusCode, Problem> {
    api.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
