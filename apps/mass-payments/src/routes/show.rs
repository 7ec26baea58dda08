//! `GET /mass-payments/{id}`: where it stands, read off the operation alone. It costs one read of
//! our own store, whatever the back office does; and it changes exactly when the operation does,
//! whose `ETag` it has.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deferral::http::{Api, Id, Json, Problem};

use super::found::mass_payment;
use crate::view::MassPaymentView;

pub(super) async fn show(api: Api, Id(id): Id, headers: HeaderMap) -> Result<Response, Problem> {
    let operation = mass_payment(&api, id).await?;
    let tag = format!("\"{}\"", operation.version);
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(MassPaymentView::of(&operation, |path| api.absolute(path))).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::ETAG, HeaderValue::try_from(tag).map_err(Problem::internal)?);
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let fields = headers.get_all(header::IF_NONE_MATCH).into_iter();
    let mut tags = fields.filter_map(|field| field.to_str().ok()).flat_map(|text| text.split(','));
    tags.any(|known| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == tag)
}
