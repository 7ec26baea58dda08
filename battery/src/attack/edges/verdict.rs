//! Whether an answer is one that a caller can act on.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::error::Error;
use crate::report::Report;

/// An answer that tells more than this tells nothing.
const LONGEST: usize = 512 * 1024;
/// Refusals of what is in a request.
pub(super) const REFUSALS: [u16; 4] = [400, 413, 415, 422];

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Told {
    /// Sends a request that must be answered.
    pub(super) async fn to(what: &str, request: RequestBuilder) -> Result<Self, Error> {
        let failed = |source| Error::Http { what: what.to_owned(), source };
        let response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.map_err(failed)?.to_vec();
        Ok(Self { status, headers, bytes })
    }

    pub(super) fn body(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn id(&self) -> Option<String> {
        Some(self.header("operation-id").to_owned()).filter(|id| !id.is_empty())
    }

    /// Notes what is wrong with it, whatever was sent.
    pub(super) fn judge(&self, what: &str, report: &mut Report) {
        if let Some(wrong) = self.wrong() {
            let shown: String = String::from_utf8_lossy(&self.bytes).chars().take(300).collect();
            report.finding(format!("{what}: {wrong}: {} {shown}", self.status));
        }
    }

    fn wrong(&self) -> Option<&'static str> {
        if self.status >= 500 {
            return Some("an error of the service");
        }
        if self.status < 400 {
            return None;
        }
        let body = self.body();
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        match () {
            () if self.header("content-type") != "application/problem+json" => Some("no problem"),
            () if body["status"] != self.status => Some("another status in it"),
            () if !is_text(&body["error"]["code"]) => Some("no code"),
            () if !is_text(&body["detail"]) => Some("no reason"),
            () if self.bytes.len() > LONGEST => Some("too much of it"),
            () if !matches!(self.status, 409 | 429) && self.headers.contains_key("retry-after") => {
                Some("told to come again")
            }
            () => None,
        }
    }
}
