//! The back office of a test.

use std::time::Duration;

use back_office::{BackOffice, Config, Misbehaving, Mode, Running, Script};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

/// A back office in this process, with a fresh database.
pub(crate) struct Bank {
    /// None once it is gone.
    running: Option<Running>,
    url: String,
    client: Client,
    _folder: TempDir,
}

/// Misbehaviors to come, such as `create:lost_after,confirm:hang`.
pub(crate) fn script(text: &str) -> Script {
    text.parse().unwrap()
}

impl Bank {
    /// It answers at once and works in the background; what it does late or stale is so within
    /// the settings of [`World`](super::World).
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().join("bank.db"));
        config.mode = Mode::Async(Duration::from_millis(50));
        config.misbehaving = Misbehaving {
            landing: Duration::from_millis(400),
            stale: Duration::from_millis(100),
            hang: Duration::from_secs(5),
            ..Misbehaving::default()
        };
        change(&mut config);
        let running = BackOffice::start(config).await.unwrap();
        let url = running.url().to_owned();
        Self { running: Some(running), url, client: Client::new(), _folder: folder }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.url());
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// `[lines paid, of these more than once]`.
    pub(crate) async fn paid(&self) -> [u64; 2] {
        let ledger = self.get("/ledger").await;
        [&ledger["total"], &ledger["duplicates"]].map(|count| count.as_u64().unwrap())
    }

    /// What of the script is still to come.
    pub(crate) async fn pending(&self) -> Vec<Value> {
        self.get("/misbehavior").await["pending"].as_array().unwrap().clone()
    }

    /// The mass payments of a UUID, whatever the script has for others who ask.
    pub(crate) async fn find(&self, mp_uuid: &str) -> Vec<Value> {
        let found = self.get(&format!("/mass-payments?mp_uuid={mp_uuid}")).await;
        found["items"].as_array().unwrap().clone()
    }

    /// Another customer of the bank sends something; its id there.
    pub(crate) async fn create_for_another(&self, batch: &Value) -> String {
        let url = format!("{}/mass-payments", self.url());
        let answer = self.client.post(url).json(batch).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Where a mass payment stands there.
    pub(crate) async fn status(&self, id: &str) -> Value {
        self.get(&format!("/mass-payments/{id}")).await["status"].take()
    }

    /// The bank's own staff decides.
    pub(crate) async fn decide(&self, id: &str, verb: &str) {
        let url = format!("{}/mass-payments/{id}/{verb}", self.url());
        let answer = self.client.post(url).send().await.unwrap();
        assert!(answer.status().is_success(), "{verb}: {}", answer.status());
    }

    /// Ends it; what was acknowledged is on disk, for nobody to ask about.
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}
