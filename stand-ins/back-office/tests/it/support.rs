//! A bank to test, and the sample payments to send to it.

use std::time::{Duration, Instant};

use back_office::{BackOffice, Config, Running};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// A back office in this process, with a fresh database.
pub(crate) struct Bank {
    running: Running,
    caller: Caller,
    _folder: TempDir,
}

/// Somebody who talks to a back office.
#[derive(Clone)]
pub(crate) struct Caller {
    url: String,
    client: Client,
}

impl Bank {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().join("bank.db"));
        change(&mut config);
        let running = BackOffice::start(config).await.unwrap();
        let caller = Caller::of(running.url());
        Self { running, caller, _folder: folder }
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

impl std::ops::Deref for Bank {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Caller {
    pub(crate) fn of(url: &str) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { url: url.to_owned(), client: Client::new() }
    }

    pub(crate) fn get_request(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post_request(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// A status and a body that must be there.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.get_request(path)).await
    }

    pub(crate) async fn post(&self, path: &str) -> (u16, Value) {
        answer(self.post_request(path)).await
    }

    pub(crate) async fn create(&self, body: &Value) -> (u16, Value) {
        answer(self.post_request("/mass-payments").json(body)).await
    }

    /// Creates what must be accepted, and says under which path.
    pub(crate) async fn created(&self, body: &Value) -> String {
        let (status, answer) = self.create(body).await;
        assert!(status == 201 || status == 202, "{status} {answer}");
        format!("/mass-payments/{}", answer["id"].as_str().unwrap())
    }

    pub(crate) async fn lookup(&self, mp_uuid: Uuid) -> Vec<Value> {
        let (status, answer) = self.get(&format!("/mass-payments?mp_uuid={mp_uuid}")).await;
        assert_eq!(status, 200, "{answer}");
        answer["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn ledger(&self) -> Value {
        self.get("/ledger").await.1
    }

    /// How often which misbehavior happened.
    pub(crate) async fn misbehaved(&self) -> Value {
        self.get("/misbehavior").await.1["counts"].take()
    }

    /// Waits until a mass payment has a status.
    pub(crate) async fn until(&self, path: &str, status: &str) -> Value {
        eventually(async || {
            let (_, answer) = self.get(path).await;
            (answer["status"] == status).then_some(answer)
        })
        .await
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Asks until there is an answer, for ten seconds.
pub(crate) async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never happened");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A mass payment of ordinary lines.
pub(crate) fn mass_payment(reference: &str, mp_uuid: Uuid, lines: usize) -> Value {
    json!({
        "mp_uuid": mp_uuid,
        "reference": reference,
        "sell_currency": "EUR",
        "payments": (0..lines).map(|n| line(&format!("line-{n}"))).collect::<Vec<_>>(),
    })
}

pub(crate) fn line(line_id: &str) -> Value {
    json!({
        "line_id": line_id,
        "amount": "12.50",
        "currency": "EUR",
        "value_date": "2030-01-31",
        "beneficiary": {
            "name": "Hafen Spedition GmbH",
            "iban": "DE89370400440532013000",
            "bic": "COBADEFFXXX",
            "country": "DE",
        },
        "reference": "Invoice 7",
        "reason": "services",
    })
}
