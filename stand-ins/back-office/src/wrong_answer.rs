//! What a misbehaving back office answers, or the lack of it.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// Marks a response instead of which the connection is to end, and is the error that ends it.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(crate) struct Cut;

pub(crate) fn cut() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(Cut);
    response
}

pub(crate) fn internal_error() -> Response {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong")
}

pub(crate) fn throttled() -> Response {
    later(refuse(StatusCode::TOO_MANY_REQUESTS, "throttled", "too many requests"))
}

pub(crate) fn unavailable() -> Response {
    later(refuse(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "out of service for a moment"))
}

pub(crate) fn no_lookup() -> Response {
    let message = "this bank can't be asked by mp_uuid";
    refuse(StatusCode::NOT_IMPLEMENTED, "lookup_not_supported", message)
}

pub(crate) fn garbage() -> Response {
    Html("<!doctype html><title>Welcome</title><h1>It works!</h1>").into_response()
}

/// Announces the whole answer, sends one half of it, and ends the connection.
pub(crate) async fn half(response: Response) -> Response {
    let (mut parts, body) = in_full(response).await.into_parts();
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let half = body.slice(..body.len() / 2);
    // Yielding in between makes the server send what it has before it sees the error.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(Cut)
    });
    let body = stream::iter([Ok(half)]).chain(end);
    Response::from_parts(parts, Body::from_stream(body))
}

/// A response with all of its body, which our own routes always have at hand.
pub(crate) async fn in_full(response: Response) -> http::Response<Bytes> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    http::Response::from_parts(parts, body)
}

fn refuse(status: StatusCode, error: &str, message: &str) -> Response {
    (status, Json(json!({ "error": error, "message": message }))).into_response()
}

fn later(mut response: Response) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
