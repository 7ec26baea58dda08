//! Answers that show an operation: their headers and bodies.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use deferral_core::{Operation, OperationId};
use serde::Serialize;

use crate::base::Base;
use crate::document::Shown;
use crate::etag::Etag;
use crate::header::{
    DURABILITY, JSON, NO_STORE, OPERATION_ID, OPERATION_LOCATION, REVALIDATE, value,
};
use crate::retry_after;
use crate::settings::Location;
use crate::shared::Shared;

/// Answers about operations, with URLs that begin with `base`.
#[derive(Clone, Copy)]
pub(crate) struct Answers<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) base: &'a Base,
}

impl Answers<'_> {
    /// What a poll of the status document gets.
    pub(crate) fn status(self, operation: &Operation, shown: Shown<'_>) -> Response {
        self.polled(json(StatusCode::OK, &self.document(operation, shown)), operation)
    }

    /// What a poll gets that knows this version already.
    pub(crate) fn unchanged(self, operation: &Operation) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.polled(response, operation)
    }

    fn polled(self, mut response: Response, operation: &Operation) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::ETAG, Etag(operation.version).value());
        headers.insert(header::CACHE_CONTROL, REVALIDATE);
        headers.insert(OPERATION_ID, id_value(operation.id));
        if let Some(seconds) = retry_after::seconds(operation, self.shared.now()) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// What an action gets: where to look further.
    pub(crate) fn acted(
        self,
        status: StatusCode,
        operation: &Operation,
        shown: Shown<'_>,
    ) -> Response {
        let mut response = json(status, &self.document(operation, shown));
        self.point_to(&mut response, operation.id);
        let again = retry_after::seconds(operation, self.shared.now());
        if let Some(seconds) = again.or((status == StatusCode::ACCEPTED).then_some(1)) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// What a request gets whose result is not there yet. `operation` must not have ended:
    /// clients take a terminal first answer for the end of everything.
    pub(crate) fn pending(
        self,
        operation: &Operation,
        shown: Shown<'_>,
        retry_after: u64,
    ) -> Response {
        let mut response = json(StatusCode::ACCEPTED, &self.document(operation, shown));
        self.point_to(&mut response, operation.id);
        let below = match self.shared.settings.location {
            Location::Result => "/result",
            Location::Monitor => "",
        };
        let headers = response.headers_mut();
        headers.insert(header::LOCATION, self.url(operation.id, below));
        headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        response
    }

    /// The result of an operation that succeeded: its JSON, or nothing if there is nothing to say.
    pub(crate) fn result(self, result: &serde_json::Value, minimal: bool) -> Response {
        if minimal || result.is_null() {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            return response;
        }
        json(StatusCode::OK, result)
    }

    pub(crate) fn url(self, id: OperationId, below: &'static str) -> HeaderValue {
        value(self.base.operation(id, below).to_string())
    }

    fn document<'b>(
        &'b self,
        operation: &'b Operation,
        shown: Shown<'b>,
    ) -> crate::document::Document<'b> {
        self.shared.frame(self.base).document(operation, shown)
    }

    fn point_to(self, response: &mut Response, id: OperationId) {
        let monitor = self.url(id, "");
        let headers = response.headers_mut();
        headers.insert(OPERATION_LOCATION, monitor.clone());
        headers.insert(header::CONTENT_LOCATION, monitor);
        headers.insert(OPERATION_ID, id_value(id));
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        headers.insert(DURABILITY, self.shared.durability.clone());
    }
}

/// As many as a 202 has: room for all at once is cheaper than room for one after the other.
const MOST_HEADERS: usize = 16;

pub(crate) fn id_value(id: OperationId) -> HeaderValue {
    value(id.to_string())
}

/// A response with this JSON.
pub(crate) fn json<T: Serialize + ?Sized>(status: StatusCode, body: &T) -> Response {
    let mut text = Vec::with_capacity(1024);
    // Writing our own documents to memory can't fail.
    let _written = serde_json::to_writer(&mut text, body);
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(MOST_HEADERS);
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
