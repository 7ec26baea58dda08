//! The service, as a caller uses it: plain HTTP.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::error::Error;

/// Longer than the longest wait that the service grants.
const PATIENCE: Duration = Duration::from_secs(40);

/// The service.
pub(crate) struct Api {
    url: String,
    client: Client,
}

/// An operation, and the version that it was seen at.
pub(crate) struct Seen {
    pub(crate) document: Value,
    etag: String,
}

pub(crate) fn client() -> Result<Client, Error> {
    // Another part of this process may have chosen one already.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    Ok(Client::builder().timeout(PATIENCE).build()?)
}

async fn good(response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    Err(Error::Answer { status, body: response.text().await? })
}

impl Api {
    pub(crate) fn at(url: String) -> Result<Self, Error> {
        Ok(Self { url, client: client()? })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a file of payments; answers the operation's id.
    pub(crate) async fn send(&self, file: String, reference: &str) -> Result<String, Error> {
        let request = self
            .client
            .post(format!("{}/mass-payments", self.url))
            .query(&[("reference", reference), ("sell_currency", "EUR"), ("on_errors", "hold")])
            .header("content-type", "text/csv")
            .header("idempotency-key", reference)
            .body(file);
        let answer = good(request.send().await?).await?;
        if answer.status() != StatusCode::ACCEPTED {
            return Err(Error::Answer { status: answer.status(), body: answer.text().await? });
        }
        let id = answer.headers().get("operation-id").and_then(|id| id.to_str().ok());
        id.map(str::to_owned).ok_or(Error::Missing("Operation-Id"))
    }

    /// The operation as it stands, or once it differs from what was seen.
    pub(crate) async fn operation(
        &self,
        id: &str,
        seen: Option<&Seen>,
    ) -> Result<Option<Seen>, Error> {
        let mut request = self.client.get(format!("{}/operations/{id}", self.url));
        if let Some(seen) = seen {
            request = request.header("if-none-match", &seen.etag).header("prefer", "wait=10");
        }
        let answer = good(request.send().await?).await?;
        if answer.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok());
        let etag = etag.ok_or(Error::Missing("ETag"))?.to_owned();
        Ok(Some(Seen { etag, document: answer.json().await? }))
    }

    /// The mass payment as its own resource shows it.
    pub(crate) async fn mass_payment(&self, id: &str) -> Result<Value, Error> {
        let request = self.client.get(format!("{}/mass-payments/{id}", self.url));
        Ok(good(request.send().await?).await?.json().await?)
    }

    /// Confirms, with the errors that were shown.
    pub(crate) async fn confirm(&self, id: &str) -> Result<(), Error> {
        let body = json!({"accept_errors": true, "comment": "The demo has looked at the errors."});
        let request = self.client.post(format!("{}/mass-payments/{id}:confirm", self.url));
        good(request.json(&body).send().await?).await?;
        Ok(())
    }
}
