//! Names and fixed values of headers, and how lists in headers are read.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
pub(crate) const OPERATION_ID: HeaderName = HeaderName::from_static("operation-id");
pub(crate) const OPERATION_LOCATION: HeaderName = HeaderName::from_static("operation-location");
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
pub(crate) const DURABILITY: HeaderName = HeaderName::from_static("deferral-durability");
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(crate) const CLOSE: HeaderValue = HeaderValue::from_static("close");
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
pub(crate) const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");
pub(crate) const TRUE: HeaderValue = HeaderValue::from_static("true");
/// RFC 7240 demands it of every answer that a preference could have changed, used or not.
pub(crate) const VARY: HeaderValue = HeaderValue::from_static("Prefer, Accept, Authorization");

/// The text of a header, if it is there and readable.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A header's value from text that has only what URLs, numbers and names have.
pub(crate) fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// The members of a list, over all fields of the name: several fields are one list.
pub(crate) fn members<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    quoting: Quoting,
) -> impl Iterator<Item = &'a str> {
    let fields = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    fields.flat_map(move |text| split(text, b',', quoting)).filter(|member| !member.is_empty())
}

/// How quotes end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// By a quote that no backslash precedes, as in parameters.
    Escaped,
    /// By the next quote, as in entity tags.
    Plain,
}

/// The trimmed parts of `text` between separators outside of quotes.
pub(crate) fn split(
    text: &str,
    separator: u8,
    quoting: Quoting,
) -> impl Iterator<Item = &str> + use<'_> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = end_of_part(text.as_bytes(), separator, quoting);
        rest = text.get(end + 1..);
        Some(text.get(..end).unwrap_or(text).trim())
    })
}

fn end_of_part(text: &[u8], separator: u8, quoting: Quoting) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted && quoting == Quoting::Escaped => escaped = true,
            b'"' => quoted = !quoted,
            byte if *byte == separator && !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// Which form an answer takes that has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The status document.
    Json,
    /// The event stream.
    Events,
}

/// The form that `Accept` asks for; none when neither is acceptable. A stream is sent only to who
/// names it, since it never ends by itself.
pub(crate) fn form(headers: &HeaderMap) -> Option<Form> {
    if !headers.contains_key(header::ACCEPT) {
        return Some(Form::Json);
    }
    let mut events = false;
    for range in members(headers, &header::ACCEPT, Quoting::Escaped) {
        let mut parts = split(range, b';', Quoting::Escaped);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        if parts.any(is_zero_weight) {
            continue;
        }
        match media.as_str() {
            "*/*" | "application/*" | "application/json" => return Some(Form::Json),
            "text/event-stream" => events = true,
            _ => {}
        }
    }
    events.then_some(Form::Events)
}

fn is_zero_weight(parameter: &str) -> bool {
    let weight = parameter.split_once('=').filter(|(name, _)| name.trim() == "q");
    weight.is_some_and(|(_, value)| value.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &'static str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(value));
        form(&headers)
    }

    #[test]
    fn a_separator_in_quotes_separates_nothing() {
        let parts: Vec<&str> = split(r#"a="x,\",y", b ,"c,d""#, b',', Quoting::Escaped).collect();
        assert_eq!(parts, [r#"a="x,\",y""#, "b", r#""c,d""#]);
    }

    #[test]
    fn a_backslash_in_an_entity_tag_is_a_letter() {
        let parts: Vec<&str> = split(r#""a\", "b""#, b',', Quoting::Plain).collect();
        assert_eq!(parts, [r#""a\""#, r#""b""#]);
    }

    #[test]
    fn a_stream_goes_only_to_who_names_it() {
        assert_eq!(accept("text/event-stream"), Some(Form::Events));
        assert_eq!(accept("text/event-stream, text/html;q=0.1"), Some(Form::Events));
        assert_eq!(accept("*/*"), Some(Form::Json));
        assert_eq!(accept("text/event-stream;q=0, application/json"), Some(Form::Json));
        assert_eq!(accept("application/json, text/event-stream"), Some(Form::Json));
    }

    #[test]
    fn what_nobody_can_send_is_not_acceptable() {
        assert_eq!(accept("text/csv"), None);
        assert_eq!(accept("application/json;q=0"), None);
        assert_eq!(form(&HeaderMap::new()), Some(Form::Json));
    }
}
