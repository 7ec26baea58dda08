//! The back office, as the battery's own jobs call it.

use std::time::Duration;

use deferral::config::Span;
use deferral::prelude::*;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// `[battery]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Where the back office, or a gate before it, answers.
    far_end: String,
    /// How long jobs that are told to stall block their thread, in this process.
    #[serde(default)]
    stall: Option<Span>,
}

/// What the battery's own jobs work with.
#[derive(Debug, Clone)]
pub(super) struct FarEnd {
    url: String,
    client: Client,
    /// Whose requests these are: every run of a handler has its own.
    run: Uuid,
    /// How long to block a thread when told to.
    pub(super) stall: Option<Duration>,
}

/// The header that tells whose request it is.
pub(crate) const RUN: &str = "battery-run";

/// How long a call may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// It has landed when it is answered, and nothing is answered after the timeout.
pub(super) const SETTLE: Duration = Duration::from_secs(6);

impl FarEnd {
    pub(super) fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        let Settings { far_end: url, stall } = settings;
        // Whoever was first.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { url, client, run: Uuid::nil(), stall: stall.map(|it| it.0) })
    }

    /// The same for one run of a handler, which can be told from all others.
    pub(super) fn of_a_run(&self) -> Self {
        Self { run: Uuid::from_u128(rand::random()), ..self.clone() }
    }

    /// A moment at which a gate can hold this attempt; what is answered does not matter.
    pub(super) async fn pass(&self, boundary: &str) {
        let _answered = self.get(&format!("/boundary/{boundary}")).send().await;
    }

    /// Creates a mass payment of one line.
    pub(super) async fn create(&self, reference: &str, key: Uuid) -> Result<String, CallError> {
        let line = json!({
            "line_id": format!("{reference}-0"), "amount": "10.00", "currency": "EUR",
            "value_date": "2099-01-01",
            "beneficiary": {"name": "Hafen Spedition GmbH", "account_number": "100001"},
        });
        let body = json!({
            "mp_uuid": key, "reference": reference, "sell_currency": "EUR", "payments": [line],
        });
        let sending = self.post("/mass-payments").json(&body);
        let answer = answer(sending).await?;
        id(&answer).ok_or_else(|| unknown(format!("no id: {answer}")))
    }

    /// Asks whether there is one.
    pub(super) async fn find(&self, key: Uuid) -> Result<Option<String>, CallError> {
        let asking = self.get(&format!("/mass-payments?mp_uuid={key}"));
        let answer = answer(asking).await?;
        Ok(answer["items"].as_array().and_then(|items| id(items.first()?)))
    }

    /// Has it paid.
    pub(super) async fn pay(&self, id: &str) -> Result<(), CallError> {
        let sending = self.post(&format!("/mass-payments/{id}/confirm"));
        answer(sending).await.map(|_| ())
    }

    /// Asks whether it was paid.
    pub(super) async fn is_paid(&self, id: &str) -> Result<Option<()>, CallError> {
        let asking = self.get(&format!("/mass-payments/{id}"));
        Ok((answer(asking).await?["status"] == "created").then_some(()))
    }

    /// A request that tells something.
    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let run = self.run.to_string();
        self.client.request(method, format!("{}{path}", self.url)).header(RUN, run)
    }
}

fn id(answer: &Value) -> Option<String> {
    answer["id"].as_str().map(str::to_owned)
}

fn unknown(why: String) -> CallError {
    CallError::Unknown(Cause::from(why))
}

async fn answer(request: RequestBuilder) -> Result<Value, CallError> {
    let failed = |error: reqwest::Error| {
        if error.is_connect() {
            return CallError::NotSent(Cause::new(error));
        }
        CallError::Unknown(Cause::new(error))
    };
    let response = request.send().await.map_err(failed)?;
    let response = Response::error_for_status(response).map_err(failed)?;
    response.json().await.map_err(failed)
}
