//! The back office: a process of its own with a database of its own, which nobody harms.

use std::path::Path;

use reqwest::Client;
use serde_json::Value;

use super::ledger::Ledger;
use super::patience::eventually;
use super::process::{Launch, Process};
use crate::error::Error;

/// A back office with a fresh database.
#[derive(Debug)]
pub(crate) struct BackOffice {
    url: String,
    client: Client,
    _process: Process,
}

impl BackOffice {
    /// Starts one; `arguments` are those of `battery back-office --help`.
    pub(crate) async fn start(
        folder: &Path,
        client: Client,
        arguments: &[&str],
    ) -> Result<Self, Error> {
        let fixed = ["back-office", "--listen", "127.0.0.1:0", "--database", "back-office.db"];
        let launch = Launch::new("back-office", fixed).with(arguments);
        let mut process = launch.start(folder)?;
        let url = process.url().await?;
        Ok(Self { url, client, _process: process })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    async fn get(&self, path: &str) -> Result<Value, Error> {
        let http = |source| Error::Http { what: format!("the back office's {path}"), source };
        let url = format!("{}{path}", self.url);
        let response = self.client.get(url).send().await.map_err(http)?;
        response.json().await.map_err(http)
    }

    /// How often each misbehavior happened.
    pub(crate) async fn misbehavior(&self) -> Result<Value, Error> {
        Ok(self.get("/misbehavior").await?["counts"].take())
    }

    /// What was really paid.
    pub(crate) async fn ledger(&self) -> Result<Ledger, Error> {
        let told = self.get("/ledger").await?;
        let unreadable = || Error::Unexpected {
            what: "the ledger".to_owned(),
            why: "it can't be read".to_owned(),
        };
        Ledger::read(&told).ok_or_else(unreadable)
    }

    /// How many mass payments it has under this `mp_uuid`, once it says so.
    pub(crate) async fn count(&self, mp_uuid: &str) -> Result<usize, Error> {
        let path = format!("/mass-payments?mp_uuid={mp_uuid}");
        eventually("the back office's answer", || async {
            let told = self.get(&path).await.ok();
            Ok(told.and_then(|told| told["items"].as_array().map(Vec::len)))
        })
        .await
    }
}
