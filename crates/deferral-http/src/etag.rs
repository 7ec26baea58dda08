//! Entity tags: an operation's version, and how requests compare it.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::header::{Quoting, members};

/// The strong tag of an operation at this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Etag(pub(crate) u64);

impl Etag {
    pub(crate) fn value(self) -> HeaderValue {
        crate::header::value(self.quoted())
    }

    fn quoted(self) -> String {
        format!("\"{}\"", self.0)
    }

    /// Whether the caller has this version already: weak comparison, lists and `*`.
    pub(crate) fn is_known(self, headers: &HeaderMap) -> bool {
        let mine = self.quoted();
        members(headers, &header::IF_NONE_MATCH, Quoting::Plain)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == mine)
    }

    /// Whether the caller's `If-Match` allows to act on this version: strong comparison.
    pub(crate) fn is_allowed(self, headers: &HeaderMap) -> bool {
        if !headers.contains_key(header::IF_MATCH) {
            return true;
        }
        let mine = self.quoted();
        members(headers, &header::IF_MATCH, Quoting::Plain).any(|tag| tag == "*" || tag == mine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(tags: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(tags));
        Etag(7).is_known(&headers)
    }

    fn allowed(tags: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(tags));
        Etag(7).is_allowed(&headers)
    }

    #[test]
    fn if_none_match_compares_weakly_over_a_list() {
        assert!(known("\"7\"") && known("W/\"7\"") && known("\"a,b\", \"7\"") && known("*"));
        assert!(!known("\"8\"") && !known("7") && !known("\"7") && !known(""));
    }

    #[test]
    fn if_match_compares_strongly() {
        assert!(allowed("\"7\"") && allowed("\"1\",\"7\"") && allowed("*"));
        assert!(!allowed("W/\"7\"") && !allowed("\"8\"") && !allowed(""));
    }

    #[test]
    fn without_a_condition_nothing_is_known_and_all_is_allowed() {
        assert!(!Etag(7).is_known(&HeaderMap::new()));
        assert!(Etag(7).is_allowed(&HeaderMap::new()));
    }
}
