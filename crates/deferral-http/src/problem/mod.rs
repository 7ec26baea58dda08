//! Errors as callers see them: `application/problem+json` (RFC 9457) with an `error` member that
//! Azure's and Google's clients read.

mod answer;
mod codes;
mod field;
mod from;

pub(crate) use answer::{Note, SCHEMA_NAME, schema};
pub(crate) use codes::{NOT_READY, is_transient};
pub use field::FieldError;

use std::borrow::Cow;
use std::fmt;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

/// Words that mostly stand in the code and are sometimes put together.
type Text = Cow<'static, str>;

/// Why a request was not done, as its caller is told.
///
/// Its constructors name the status; a code in `PascalCase` is a stable part of an API.
pub struct Problem(Box<Parts>);

struct Parts {
    status: StatusCode,
    kind: Option<&'static str>,
    code: Text,
    message: Text,
    operation: Option<String>,
    fields: Vec<FieldError>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

impl Problem {
    /// Its stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What is wrong with parts of the request.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { status, code, message, cause, .. } = &*self.0;
        write!(f, "{} {code}: {message}", status.as_u16())?;
        cause.as_ref().map_or(Ok(()), |cause| write!(f, " ({cause})"))
    }
}
