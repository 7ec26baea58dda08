//! What the caller prefers (RFC 7240). Nothing in it is ever an error: what can't be used is
//! ignored.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

use crate::header::{self, Quoting};

/// The preferences that this API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Prefer {
    /// `respond-async`: answer at once.
    pub(crate) respond_async: bool,
    /// `wait=N`: the caller waits so long for something better than "not yet".
    pub(crate) wait: Option<Duration>,
    /// `return=minimal`: no body if it went well.
    pub(crate) minimal: bool,
}

impl Prefer {
    /// Reads all fields as one list; of a preference given twice only the first counts.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        let (mut waits, mut returns) = (false, false);
        for member in header::members(headers, &header::PREFER, Quoting::Escaped) {
            let preference = header::split(member, b';', Quoting::Escaped).next();
            let (name, value) = pair(preference.unwrap_or_default());
            match name.to_ascii_lowercase().as_str() {
                "respond-async" => prefer.respond_async = true,
                "wait" if !std::mem::replace(&mut waits, true) => prefer.wait = seconds(value),
                "return" if !std::mem::replace(&mut returns, true) => {
                    prefer.minimal = value.eq_ignore_ascii_case("minimal");
                }
                _ => {}
            }
        }
        prefer
    }

    /// The wait asked for, but not longer than `cap`.
    pub(crate) fn wait_at_most(&self, cap: Duration) -> Option<Duration> {
        self.wait.map(|wait| wait.min(cap))
    }
}

fn pair(preference: &str) -> (&str, &str) {
    let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
    (name.trim(), value.trim().trim_matches('"'))
}

/// A number too large for a computer is a long wait all the same.
fn seconds(value: &str) -> Option<Duration> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
}

/// The preferences that an answer rests on, with their effective values.
#[derive(Debug, Default)]
pub(crate) struct Applied(String);

impl Applied {
    pub(crate) fn add(&mut self, preference: &str) {
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0.push_str(preference);
    }

    pub(crate) fn add_wait(&mut self, wait: Duration) {
        self.add(&format!("wait={}", wait.as_secs()));
    }

    /// The value of `Preference-Applied`, unless there is none.
    pub(crate) fn into_value(self) -> Option<HeaderValue> {
        (!self.0.is_empty()).then(|| header::value(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefer(fields: &[&'static str]) -> Prefer {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::PREFER, HeaderValue::from_static(field));
        }
        Prefer::of(&headers)
    }

    #[test]
    fn names_are_read_in_any_case_and_over_all_fields() {
        let both = prefer(&["Respond-Async", "foo, WAIT=10"]);
        assert!(both.respond_async);
        assert_eq!(both.wait, Some(Duration::from_secs(10)));
    }

    #[test]
    fn the_first_instance_wins() {
        assert_eq!(prefer(&["wait=5, wait=9"]).wait, Some(Duration::from_secs(5)));
        assert_eq!(prefer(&["wait=soon", "wait=9"]).wait, None);
        assert!(!prefer(&["return=representation, return=minimal"]).minimal);
    }

    #[test]
    fn parameters_quotes_and_spaces_are_tolerated() {
        let odd = prefer(&[r#" respond-async; x="a,b" , wait = "7" ; y, return=minimal"#]);
        let seven = Some(Duration::from_secs(7));
        assert_eq!(odd, Prefer { respond_async: true, wait: seven, minimal: true });
    }

    #[test]
    fn what_is_unusable_is_ignored() {
        for field in
            ["wait", "wait=", "wait=-1", "wait=1.5", "=", ",,", "wait=\"", "\"respond-async"]
        {
            assert_eq!(prefer(&[field]), Prefer::default(), "{field}");
        }
    }

    #[test]
    fn an_endless_wait_is_cut_to_the_cap() {
        let endless = prefer(&["wait=99999999999999999999999"]);
        let cap = Duration::from_secs(30);
        assert_eq!(endless.wait_at_most(cap), Some(cap));
    }

    #[test]
    fn effective_values_are_listed() {
        let mut applied = Applied::default();
        applied.add("respond-async");
        applied.add_wait(Duration::from_secs(30));
        assert_eq!(applied.into_value().unwrap(), "respond-async, wait=30");
        assert_eq!(Applied::default().into_value(), None);
    }
}
