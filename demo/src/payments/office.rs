//! What the back office says of itself: what was really paid, and what it did to us.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::api::client;
use crate::error::Error;

/// The back office, as an auditor asks it.
pub(crate) struct Office {
    url: String,
    client: reqwest::Client,
}

/// What was really paid.
#[derive(Debug, Deserialize)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<serde_json::Value>,
    pub(crate) duplicates: u64,
}

#[derive(Deserialize)]
struct Misbehavior {
    counts: BTreeMap<String, u64>,
}

impl Office {
    pub(crate) fn at(url: String) -> Result<Self, Error> {
        Ok(Self { url, client: client()? })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn ledger(&self) -> Result<Ledger, Error> {
        let answer = self.client.get(format!("{}/ledger", self.url)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// How often each misbehavior happened.
    pub(crate) async fn misbehavior(&self) -> Result<BTreeMap<String, u64>, Error> {
        let answer = self.client.get(format!("{}/misbehavior", self.url)).send().await?;
        Ok(answer.error_for_status()?.json::<Misbehavior>().await?.counts)
    }
}
