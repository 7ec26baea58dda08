//! The only place with error status codes: `{"error", "message"}`, and `status` with a conflict.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use crate::office::{Conflict, Status};
use crate::payment::Malformed;
use crate::store::{Failure, StoreError};

/// Why a request was refused in earnest.
#[derive(Debug)]
pub(crate) enum Problem {
    NotFound,
    MethodNotAllowed,
    TooLarge,
    Body(serde_json::Error),
    Malformed(Malformed),
    Query(String),
    Conflict(Conflict),
    Store(StoreError),
}

#[derive(Serialize)]
struct Answer {
    error: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            if let Self::Conflict(conflict) = &self { Some(conflict.status) } else { None };
        let (code, error, message) = self.describe();
        (code, Json(Answer { error, message, status })).into_response()
    }
}

impl Problem {
    fn describe(self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is nothing here".into()),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this path has other methods".into(),
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "a body may have at most 12 MiB".into(),
            ),
            Self::Body(error) if error.is_data() => {
                (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", error.to_string())
            }
            Self::Body(error) => (StatusCode::BAD_REQUEST, "malformed_json", error.to_string()),
            Self::Malformed(malformed) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", malformed.to_string())
            }
            Self::Query(message) => (StatusCode::BAD_REQUEST, "bad_query", message),
            Self::Conflict(conflict) => {
                let (error, message) = conflict_words(conflict.status);
                (StatusCode::CONFLICT, error, message.into())
            }
            Self::Store(error) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
            }
        }
    }
}

const fn conflict_words(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Processing => ("still_processing", "its lines are still being processed"),
        Status::Processed => ("already_decided", "it has been decided"),
        Status::Creating => ("creating", "its payments are being created"),
        Status::Created => ("already_confirmed", "its payments have been created"),
        Status::Canceled => ("already_canceled", "it was canceled"),
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::Query(rejection.body_text())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound => Self::NotFound,
            Failure::Conflict(conflict) => Self::Conflict(conflict),
            Failure::Store(error) => Self::Store(error),
        }
    }
}
