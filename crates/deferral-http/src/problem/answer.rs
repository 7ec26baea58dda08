//! A problem as a response.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{FieldError, Parts, Problem, Text};
use crate::header::NO_STORE;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What the log line of the request says about a problem.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) code: Text,
    pub(crate) instance: Uuid,
    pub(crate) cause: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    error: Member<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

/// The form in which Azure's and Google's clients look for an error: an object, with objects.
#[derive(Serialize)]
struct Member<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Self>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let instance = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        let body = self.0.body(instance);
        let Parts { status, code, headers, cause, .. } = *self.0;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
        response.headers_mut().extend(headers);
        response.extensions_mut().insert(Note { code, instance, cause });
        response
    }
}

impl Parts {
    fn body(&self, instance: Uuid) -> Vec<u8> {
        let own = format!("urn:deferral:problem:{}", self.code);
        let details = self.fields.iter().map(|field| Member {
            code: &field.code,
            message: &field.message,
            target: Some(&field.pointer),
            details: Vec::new(),
        });
        let document = Document {
            r#type: self.kind.unwrap_or(&own),
            title: title(self.status),
            status: self.status.as_u16(),
            detail: &self.message,
            instance: instance.urn().to_string(),
            operation: self.operation.as_deref(),
            error: Member {
                code: &self.code,
                message: &self.message,
                target: None,
                details: details.collect(),
            },
            errors: &self.fields,
            members: &self.members,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

/// The phrases of RFC 9110, which are newer than the library's.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        status => status.canonical_reason().unwrap_or("Error"),
    }
}

/// The name of [`schema`] in the OpenAPI document.
pub(crate) const SCHEMA_NAME: &str = "Problem";

/// The JSON Schema of a problem.
pub(crate) fn schema() -> Value {
    let text = json!({"type": "string"});
    let member = |details: Value| {
        json!({
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": text, "message": text, "target": text, "details": details},
        })
    };
    let details = json!({"type": "array", "items": member(json!({"type": "array"}))});
    let field = json!({
        "type": "object",
        "required": ["pointer", "detail", "code"],
        "properties": {"pointer": text, "detail": text, "code": text},
    });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "error"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": text,
            "instance": {"type": "string", "format": "uri"},
            "operation": {"type": "string", "format": "uri"},
            "error": member(details),
            "errors": {"type": "array", "items": field},
        },
    })
}
