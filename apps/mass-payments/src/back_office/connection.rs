//! The way to the back office and back: requests go out, answers are read whole, and up to a size.

use std::time::Duration;

use deferral::prelude::*;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect, retry};
use serde::de::DeserializeOwned;

use crate::settings::SettingsError;

/// The longest answer: the verdicts on 5,000 lines take about one of them.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// How long to wait for a connection at most: before it stands, nothing is sent.
const CONNECT: Duration = Duration::from_secs(5);

/// A back office that can't even be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("the HTTP client could not be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The answer as `T`, if it has that form.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

/// A client that sends every request once, whatever happens: what to repeat is not for it to say.
/// `idle` connections are kept for the next request; one that the far end is just closing would
/// lose a request that way, so requests that do something get a connection of their own.
pub(super) fn client(timeout: Duration, idle: usize) -> Result<Client, Unusable> {
    // The process may have chosen one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .retry(retry::never())
        .redirect(redirect::Policy::none())
        .no_proxy()
        .http1_only()
        .tcp_nodelay(true)
        .timeout(timeout)
        .connect_timeout(CONNECT.min(timeout / 2))
        .pool_max_idle_per_host(idle)
        .build()?;
    Ok(client)
}

/// The address that all paths are appended to.
pub(super) fn base(text: &str) -> Result<Url, SettingsError> {
    let wrong = |reason: String| SettingsError::Url { url: text.to_owned(), reason };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => {}
        other => return Err(wrong(format!("{other} can't be spoken here"))),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("paths can't be appended to a query".into()));
    }
    Ok(url)
}

/// Sends a request and reads the answer. Errors are classed by what is known then: before a
/// connection stands nothing can have happened, afterwards anything.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Reply, CallError> {
    let mut response = request.send().await.map_err(broken)?;
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(CallError::Unknown(Cause::new(TooLong)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, retry_after, body })
}

#[derive(Debug, thiserror::Error)]
#[error("the answer is longer than {MAX_ANSWER} bytes")]
struct TooLong;

fn broken(error: reqwest::Error) -> CallError {
    // The address may have a password in it, and the cause is logged.
    let error = error.without_url();
    if error.is_connect() || error.is_builder() {
        CallError::NotSent(Cause::new(error))
    } else {
        CallError::Unknown(Cause::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_can_be_appended_to() {
        for url in ["http://127.0.0.1:8090", "https://bank.example/api/"] {
            assert!(base(url).is_ok(), "{url}");
        }
        for url in ["", "bank.example", "ftp://bank.example", "http://bank.example/?x=1"] {
            assert!(matches!(base(url), Err(SettingsError::Url { .. })), "{url}");
        }
    }
}
