//! What came back.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::history::Fate;

/// Status, headers, and the body as JSON if it is some.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Sends a request, once.
    pub(crate) async fn to(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        Ok(Self { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
    }

    /// The operation that was accepted or acted on.
    pub(crate) fn id(&self) -> Option<String> {
        let id = self.headers.get("operation-id")?;
        id.to_str().ok().map(str::to_owned)
    }

    /// Whether it is the answer of an earlier request with the same key.
    pub(crate) fn is_replay(&self) -> bool {
        self.headers.contains_key("idempotent-replayed")
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// The version that it shows.
    pub(crate) fn version(&self) -> Option<u64> {
        self.headers.get("etag")?.to_str().ok()?.trim_matches('"').parse().ok()
    }

    /// What it means for a request that starts an operation.
    pub(crate) fn fate(&self) -> Fate {
        match (self.status, self.id()) {
            (200..=299, Some(id)) => Fate::Accepted { id, replayed: self.is_replay() },
            // Another request with the same key is at it: whether that is accepted, it must say.
            (409, _) if self.code() == "IdempotencyKeyInFlight" => self.open(),
            (400..=499, _) => self.refused(),
            // Says of itself that nothing was recorded.
            (503, _) if self.code() == "StoreUnavailable" => self.refused(),
            _ => self.open(),
        }
    }

    fn refused(&self) -> Fate {
        Fate::Refused { why: format!("{} {}", self.status, self.code()) }
    }

    fn open(&self) -> Fate {
        Fate::Open { why: format!("{} {}", self.status, self.code()) }
    }
}

/// What it means that no answer came.
pub(crate) fn fate_without_answer(error: &reqwest::Error) -> Fate {
    if error.is_connect() {
        return Fate::Refused { why: "no connection".to_owned() };
    }
    Fate::Open { why: error.to_string() }
}
