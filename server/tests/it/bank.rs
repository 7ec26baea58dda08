//! The back office of a test, in the test's own process.

use std::collections::BTreeMap;
use std::time::Duration;

use back_office::{BackOffice, Config, Misbehaving, Mode, Running};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::payments::Batch;

/// A back office with a fresh database.
pub(crate) struct Bank {
    running: Running,
    client: Client,
    _folder: TempDir,
}

/// What was really paid, and how often, by reference and line.
pub(crate) struct Ledger(BTreeMap<(String, String), u64>);

impl Bank {
    /// It answers at once and works in the background, a moment.
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().join("bank.db"));
        config.mode = Mode::Async(Duration::from_millis(50));
        config.misbehaving = Misbehaving {
            landing: Duration::from_millis(400),
            stale: Duration::from_millis(100),
            hang: Duration::from_secs(3),
            ..Misbehaving::default()
        };
        change(&mut config);
        let running = BackOffice::start(config).await.unwrap();
        Self { running, client: Client::new(), _folder: folder }
    }

    pub(crate) fn url(&self) -> &str {
        self.running.url()
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.url());
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// What was really paid.
    pub(crate) async fn ledger(&self) -> Ledger {
        let ledger = self.get("/ledger").await;
        let entry = |entry: &Value| {
            let word = |name: &str| entry[name].as_str().unwrap().to_owned();
            ((word("reference"), word("line_id")), entry["times"].as_u64().unwrap())
        };
        Ledger(ledger["entries"].as_array().unwrap().iter().map(entry).collect())
    }
}

impl Ledger {
    /// Entries beyond the first, of all lines.
    pub(crate) fn twice(&self) -> u64 {
        self.0.values().map(|times| times - 1).sum()
    }

    /// Whether each good line of the batch was paid once, and nothing else of it.
    pub(crate) fn is_paid(&self, batch: &Batch) -> bool {
        let once =
            |number| self.0.get(&(batch.reference.clone(), batch.line_id(number))) == Some(&1);
        (0..batch.good).all(once) && self.lines(batch) == batch.good
    }

    fn lines(&self, batch: &Batch) -> usize {
        self.0.keys().filter(|(reference, _)| *reference == batch.reference).count()
    }
}
