//! What all URLs in answers begin with. They are absolute: clients refuse others.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header};
use deferral_core::OperationId;

use crate::header::{Quoting, members, split, text};

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Scheme and authority, and a path if the API lies below one; no slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base(Arc<str>);

impl Base {
    /// The public URL as configured.
    pub(crate) fn configured(url: &str) -> Self {
        Self(url.trim_end_matches('/').into())
    }

    /// As the request came in; through a proxy that is believed, as it came in there.
    pub(crate) fn of_request(headers: &HeaderMap, trust_forwarded: bool) -> Self {
        let forwarded = if trust_forwarded { forwarded(headers) } else { (None, None) };
        let scheme = forwarded.0.filter(|scheme| *scheme == "https").unwrap_or("http");
        let host = forwarded.1.or_else(|| text(headers, &header::HOST)).filter(is_authority);
        Self(format!("{scheme}://{}", host.unwrap_or("localhost")).into())
    }

    /// The absolute URL of a path.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The URL of an operation's status document, or of what lies below it.
    pub(crate) const fn operation(&self, id: OperationId, below: &'static str) -> Url<'_> {
        Url { base: self, id, below }
    }
}

/// The URL of something that belongs to an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Url<'a> {
    base: &'a Base,
    id: OperationId,
    below: &'static str,
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/operations/{}{}", self.base.0, self.id, self.below)
    }
}

/// Scheme and host as the first proxy saw them: RFC 7239's field before its predecessors.
fn forwarded(headers: &HeaderMap) -> (Option<&str>, Option<&str>) {
    let first = |name| members(headers, name, Quoting::Escaped).next();
    let Some(element) = first(&header::FORWARDED) else {
        return (first(&FORWARDED_PROTO), first(&FORWARDED_HOST));
    };
    let (mut scheme, mut host) = (None, None);
    for parameter in split(element, b';', Quoting::Escaped) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = Some(value.trim_matches('"'));
        match name.to_ascii_lowercase().as_str() {
            "proto" => scheme = value,
            "host" => host = value,
            _ => {}
        }
    }
    (scheme, host)
}

/// What a caller claims as host ends up in headers and bodies: only a plain one is believed.
fn is_authority(host: &&str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn base(trust: bool, fields: &[(&'static str, &'static str)]) -> String {
        let named = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Base::of_request(&fields.iter().map(named).collect(), trust).join("/x")
    }

    const DIRECT: (&str, &str) = ("host", "127.0.0.1:8080");

    #[test]
    fn begins_with_the_host_of_the_request() {
        assert_eq!(base(false, &[DIRECT]), "http://127.0.0.1:8080/x");
        assert_eq!(base(false, &[]), "http://localhost/x");
    }

    #[test]
    fn a_proxy_is_believed_only_if_told_so() {
        let new = [DIRECT, ("forwarded", r#"for=1.2.3.4;Proto=https;host="api.example.com""#)];
        let old =
            [DIRECT, ("x-forwarded-proto", "https"), ("x-forwarded-host", "api.example.com, b")];
        for fields in [&new[..], &old[..]] {
            assert_eq!(base(true, fields), "https://api.example.com/x");
            assert_eq!(base(false, fields), "http://127.0.0.1:8080/x");
        }
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        for host in ["a b", "<script>", "user@evil.example", "a/b"] {
            assert_eq!(base(false, &[("host", host)]), "http://localhost/x", "{host}");
        }
    }

    #[test]
    fn the_configured_url_needs_no_slash() {
        let base = Base::configured("https://api.example.com/deferral/");
        let id = OperationId::from_uuid(uuid::Uuid::nil());
        let url = base.operation(id, "/result").to_string();
        assert_eq!(url, format!("https://api.example.com/deferral/operations/{id}/result"));
    }
}
