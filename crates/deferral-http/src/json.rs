//! JSON bodies: read strictly, with errors that say where.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;

use crate::answer;
use crate::problem::{FieldError, Problem};
use crate::shape::is_object;

/// What some editors put before UTF-8; RFC 8259 forbids it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A JSON body, in a request or a response. What can't be read is refused with a [`Problem`] that
/// says what is wrong and where.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        parse(&Bytes::from_request(request, state).await?).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        answer::json(StatusCode::OK, &self.0)
    }
}

/// A JSON body that may be left out, whatever media type an empty one claims: some clients send
/// one with every action.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, state).await?;
        match () {
            () if body.is_empty() => Ok(Self(T::default())),
            () if is_json => parse(&body).map(Self),
            () => Err(Problem::unsupported_media_type("application/json")),
        }
    }
}

/// `application/json`, or a type that is built on it.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.map(|media_type| media_type.split(';').next().unwrap_or("").trim());
    essence.is_some_and(|essence| {
        let essence = essence.to_ascii_lowercase();
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

/// Reads a JSON text as extractors do.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Err(Problem::malformed_body("The body is empty; JSON is expected."));
    }
    if body.starts_with(BYTE_ORDER_MARK) {
        let message = "The body begins with a byte order mark; send JSON without one.";
        return Err(Problem::malformed_body(message));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Err(Problem::malformed_body("The body is not UTF-8."));
    };
    let value = serde_json::from_str(text).map_err(|error| explain::<T>(text, &error))?;
    if text.trim_ascii_start().starts_with('[') && is_object::<T>() {
        let error = FieldError::new("", "InvalidValue", "invalid type: sequence, expected object");
        return Err(Problem::validation(vec![error]));
    }
    Ok(value)
}

/// Reads it once more to find out where the error is: that is too slow to do always.
fn explain<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let is_json = error.classify() == Category::Data && !message.starts_with("duplicate field");
    if !is_json {
        return Problem::malformed_body(format!("The body can't be read as JSON: {message}."));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let place = serde_path_to_error::deserialize::<_, T>(&mut reader).err();
    let mut pointer = place.map(|place| pointer(place.path())).unwrap_or_default();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    let code = match message.strip_prefix("missing field `") {
        Some(rest) => {
            pointer.push('/');
            pointer.push_str(rest.trim_end_matches('`'));
            "Missing"
        }
        None if message.starts_with("unknown field") => "Unknown",
        None => "InvalidValue",
    };
    Problem::validation(vec![FieldError::new(pointer, code, message)])
}

/// RFC 6901.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Batch {
        #[expect(dead_code, reason = "only read to be refused")]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    struct Line {
        #[expect(dead_code, reason = "only read to be refused")]
        count: u32,
    }

    fn refused(body: &[u8]) -> String {
        format!("{:?}", parse::<Batch>(body).unwrap_err())
    }

    fn place(body: &str) -> (String, String) {
        let Err(problem) = parse::<Batch>(body.as_bytes()) else { panic!("accepted: {body}") };
        let field = problem.fields()[0].clone();
        (field.pointer, field.code)
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        let twice = r#"{"lines": [], "lines": []}"#;
        for body in ["", "{", "{\"lines\": []} x", twice, "{'lines': []}"] {
            assert!(refused(body.as_bytes()).starts_with("400 MalformedBody"), "{body}");
        }
        assert!(refused(b"{\"lines\": [], \"\xff\": 1}").contains("UTF-8"));
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let wrong = place(r#"{"lines": [{"count": 1}, {"count": "2"}]}"#);
        assert_eq!(wrong, ("/lines/1/count".into(), "InvalidValue".into()));
        assert_eq!(place(r#"{"lines": [{}]}"#), ("/lines/0/count".into(), "Missing".into()));
        let unknown = place(r#"{"lines": [], "a/b": 1}"#);
        assert_eq!(unknown, ("/a~1b".into(), "Unknown".into()));
        assert_eq!(place("3"), (String::new(), "InvalidValue".into()));
    }

    #[test]
    fn media_types_built_on_json_are_json() {
        let is = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            is_json(&headers)
        };
        assert!(is("application/json") && is("Application/JSON; charset=utf-8"));
        assert!(is("application/merge-patch+json"));
        assert!(!is("text/json") && !is("application/jsonx") && !is_json(&HeaderMap::new()));
    }
}
