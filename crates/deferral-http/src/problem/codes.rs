//! Every way to refuse, with its status: the only file with error status codes.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use deferral_core::{GateState, OperationError, OperationId, Status};
use serde_json::{Map, Value, json};

use super::{FieldError, Parts, Problem, Text};
use crate::base::Base;
use crate::etag::Etag;
use crate::header::{OPERATION_ID, OPERATION_LOCATION, value};

/// What `/readyz` answers while this process should get no requests.
pub(crate) const NOT_READY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// Whether the same request may well be answered a little later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
}

const QUOTA: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
const CAPACITY: &str = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

/// When to come back after a 503: processes restart in seconds.
const SOON: Duration = Duration::from_secs(2);

impl Problem {
    fn new(status: StatusCode, code: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self(Box::new(Parts {
            status,
            kind: None,
            code: code.into(),
            message: message.into(),
            operation: None,
            fields: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// 400: the request can't be understood.
    pub fn bad_request(code: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 403: understood, and not for this caller.
    pub fn forbidden(code: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404: there is no such thing.
    pub fn missing(code: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409: not as things stand.
    pub fn conflict(code: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 422: understood, and not acceptable.
    pub fn unprocessable(code: impl Into<Text>, message: impl Into<Text>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 422 `ValidationFailed`: all that is wrong, at once.
    pub fn validation(fields: Vec<FieldError>) -> Self {
        let mut problem = Self::unprocessable("ValidationFailed", "The request is not valid.");
        problem.0.fields = fields;
        problem
    }

    /// 429: too much at once; `policy` names the limit.
    pub fn quota_exceeded(policy: &str, message: impl Into<Text>, retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "QuotaExceeded", message)
            .of_kind(QUOTA)
            .with("violated-policies", json!([policy]))
            .retry_after(retry_after)
    }

    /// 503: something outside is away; nothing was recorded.
    pub fn unavailable(
        code: impl Into<Text>,
        message: impl Into<Text>,
        retry_after: Duration,
    ) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(retry_after)
    }

    /// 500: our fault. The cause is logged, never shown.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let message = "Something went wrong here. It has been logged.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message).because(cause)
    }

    pub(crate) fn malformed_body(message: impl Into<Text>) -> Self {
        Self::bad_request("MalformedBody", message)
    }

    pub(crate) fn invalid_page_size() -> Self {
        Self::bad_request("InvalidPageSize", "pageSize must be a number from 0 on.")
    }

    pub(crate) fn invalid_page_token() -> Self {
        Self::bad_request("InvalidPageToken", "pageToken must be one that this list returned.")
    }

    pub(crate) fn idempotency_key_missing() -> Self {
        let message = "Send an Idempotency-Key, so that a repeated request is done once.";
        Self::bad_request("IdempotencyKeyMissing", message)
    }

    pub(crate) fn idempotency_key_invalid() -> Self {
        let message = "Idempotency-Key must be one string of 1 to 255 visible ASCII characters.";
        Self::bad_request("IdempotencyKeyInvalid", message)
    }

    pub(crate) fn operation_id_invalid() -> Self {
        Self::bad_request("OperationIdInvalid", "Operation-Id must be one UUID with hyphens.")
    }

    /// Without `error` in the challenge when no credentials came (RFC 6750 §3.1).
    pub(crate) fn unauthenticated(tried: bool) -> Self {
        let (challenge, message) = if tried {
            ("Bearer realm=\"deferral\", error=\"invalid_token\"", "The API key is not valid.")
        } else {
            ("Bearer realm=\"deferral\"", "Send an API key as `Authorization: Bearer …`.")
        };
        Self::new(StatusCode::UNAUTHORIZED, "Unauthenticated", message)
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// Nobody has a key yet, and the caller is not surely a user of this host.
    pub(crate) fn only_this_host(message: &'static str) -> Self {
        let mut problem = Self::unauthenticated(false);
        problem.0.message = message.into();
        problem
    }

    pub(crate) fn operation_not_found() -> Self {
        Self::missing("OperationNotFound", "There is no such operation.")
    }

    pub(crate) fn action_not_found() -> Self {
        Self::missing("ActionNotFound", "There is no such action here.")
    }

    pub(crate) fn not_acceptable() -> Self {
        let message = "This is sent as application/json or text/event-stream.";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message)
    }

    pub(crate) fn body_too_slow() -> Self {
        let message = "The body did not arrive in time. Nothing was recorded.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "BodyTooSlow", message)
    }

    pub(crate) fn operation_id_reused() -> Self {
        Self::conflict("OperationIdReused", "This Operation-Id belongs to another request.")
    }

    pub(crate) fn in_flight(base: &Base, id: OperationId) -> Self {
        let message = "The first request with this key is still being answered.";
        Self::conflict("IdempotencyKeyInFlight", message)
            .of_operation(base, id)
            .header(OPERATION_LOCATION, value(base.operation(id, "").to_string()))
            .retry_after(Duration::from_secs(1))
    }

    pub(crate) fn already_finished() -> Self {
        Self::conflict("OperationAlreadyFinished", "The operation has finished already.")
    }

    pub(crate) fn not_finished() -> Self {
        let message = "Only finished operations can be deleted. Cancel it first.";
        Self::conflict("OperationNotFinished", message)
    }

    pub(crate) fn not_cancelable() -> Self {
        let message = "Operations of this kind can't be canceled.";
        Self::conflict("OperationNotCancelable", message)
    }

    pub(crate) fn not_pending(gate: Option<GateState>) -> Self {
        let message = "The operation is not waiting for a confirmation.";
        let problem = Self::conflict("ConfirmationNotPending", message);
        match gate {
            Some(state) => problem.with("confirmationState", json!(state)),
            None => problem,
        }
    }

    pub(crate) fn operation_expired() -> Self {
        let message = "The operation has expired or was deleted.";
        Self::new(StatusCode::GONE, "OperationExpired", message)
    }

    pub(crate) fn etag_mismatch(current: Etag) -> Self {
        let message = "The operation has changed since. Look at it again before you decide.";
        Self::new(StatusCode::PRECONDITION_FAILED, "EtagMismatch", message)
            .header(header::ETAG, current.value())
    }

    pub(crate) fn body_too_large() -> Self {
        let message = "The body is larger than is accepted here.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BodyTooLarge", message)
    }

    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        let message = format!("Send the body as `Content-Type: {expected}`.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    pub(crate) fn unsupported_coding() -> Self {
        let message = "Send the body as it is, without Content-Encoding.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
    }

    pub(crate) fn idempotency_key_reused() -> Self {
        let message = "This Idempotency-Key was used for another request.";
        Self::unprocessable("IdempotencyKeyReused", message)
    }

    /// The answer of who waited for an operation that did not succeed. Never a 5xx: clients would
    /// send the request again by themselves, and it was recorded.
    pub(crate) fn of_ending(status: Status, error: &OperationError) -> Self {
        let status = match status {
            Status::Canceled => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code.clone(), error.message.clone())
    }

    /// What stands where the result would be. Always 424: any other status would be taken for the
    /// state of this URL, or for something to try again.
    pub(crate) fn no_result(error: &OperationError) -> Self {
        Self::new(StatusCode::FAILED_DEPENDENCY, error.code.clone(), error.message.clone())
    }

    pub(crate) fn draining() -> Self {
        let message = "This process is shutting down. Nothing was recorded; send it again.";
        Self::unavailable("Draining", message, SOON).of_kind(CAPACITY)
    }

    pub(crate) fn overloaded() -> Self {
        let message = "Too much is going on here. Nothing was recorded; send it again.";
        Self::unavailable("Overloaded", message, SOON).of_kind(CAPACITY)
    }

    pub(crate) fn store_unavailable(cause: impl std::fmt::Display) -> Self {
        let message = "The store can't be reached. Nothing was recorded; send it again.";
        Self::unavailable("StoreUnavailable", message, SOON).because(cause)
    }

    pub(crate) fn store_full(cause: impl std::fmt::Display) -> Self {
        let message = "The store is full. Nothing was recorded; send it again once its operator \
                       has made room.";
        Self::unavailable("StoreUnavailable", message, SOON).because(cause)
    }

    pub(crate) fn store_read_only(cause: impl std::fmt::Display) -> Self {
        let message = "The store takes no writes. Nothing was recorded; send it again once its \
                       operator has changed that.";
        Self::unavailable("StoreUnavailable", message, SOON).because(cause)
    }

    pub(crate) fn outcome_unknown(cause: impl std::fmt::Display) -> Self {
        let message = "Whether this was recorded is unknown. Send it again with the same \
                       Idempotency-Key, or look at the operation first.";
        Self::unavailable("OutcomeUnknown", message, SOON).because(cause)
    }

    /// An error answer that somebody else wrote as plain text, in our form.
    pub(crate) fn translated(status: StatusCode, text: String) -> Self {
        let said =
            |message: &'static str| if text.is_empty() { message.into() } else { text.clone() };
        match status {
            StatusCode::NOT_FOUND => Self::missing("NotFound", said("There is nothing here.")),
            StatusCode::METHOD_NOT_ALLOWED => {
                let message = "This method is not known here; see Allow.";
                Self::new(status, "MethodNotAllowed", message)
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::body_too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_media_type("application/json"),
            StatusCode::UNPROCESSABLE_ENTITY => {
                Self::unprocessable("ValidationFailed", said("The request is not valid."))
            }
            StatusCode::FORBIDDEN => Self::forbidden("PermissionDenied", said("Not for you.")),
            status if status.is_server_error() => Self::internal(text),
            status => {
                let message = said("The request can't be understood.");
                Self::new(status, "MalformedBody", message)
            }
        }
    }

    /// Names the operation that this is about, in the document and in `Operation-Id`.
    pub(crate) fn of_operation(mut self, base: &Base, id: OperationId) -> Self {
        self.0.operation = Some(base.operation(id, "").to_string());
        self.header(OPERATION_ID, value(id.to_string()))
    }

    /// Adds a member to the document.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to come back, in whole seconds. Clients repeat what says so by themselves.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        self.header(header::RETRY_AFTER, value(format!("{seconds}")))
    }

    /// Notes for the log why it happened.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    const fn of_kind(mut self, kind: &'static str) -> Self {
        self.0.kind = Some(kind);
        self
    }
}
