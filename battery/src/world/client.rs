//! A client of the API, as a caller would write it: with a timeout, and again with the same key
//! when no answer came.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::try_join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::answer::{Answer, fate_without_answer};
use super::history::{Fate, Order, Request};
use super::patience::{PATIENCE, eventually};
use crate::error::Error;

/// How long a caller waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Requests to the API, wherever it listens at present.
#[derive(Debug)]
pub(crate) struct Api {
    client: Client,
    url: RwLock<String>,
}

/// A client for everything but orders: no proxy, a timeout.
pub(crate) fn http_client() -> Result<Client, Error> {
    let built = Client::builder().timeout(TIMEOUT).no_proxy().build();
    built.map_err(|source| Error::Http { what: "a client".to_owned(), source })
}

impl Api {
    pub(crate) const fn new(client: Client) -> Self {
        Self { client, url: RwLock::new(String::new()) }
    }

    /// From now on requests go there.
    pub(crate) fn moved(&self, url: String) {
        *self.url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url()))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url()))
    }

    /// Any request.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url()))
    }

    /// The request that sends an order under a key.
    pub(crate) fn sending(&self, key: &str, order: &Order) -> RequestBuilder {
        let (path, body) = match order {
            Order::Payments(batch, _) => ("/mass-payments", &batch.body()),
            Order::Rehearsal(script) => ("/rehearsals", script),
            Order::Other(path, body) => (path.as_str(), body),
        };
        self.post(path).header("Idempotency-Key", key).json(body)
    }

    /// Sends an order once.
    pub(crate) async fn try_send(&self, key: &str, order: &Order) -> Fate {
        match Answer::to(self.sending(key, order)).await {
            Ok(answer) => answer.fate(),
            Err(error) => fate_without_answer(&error),
        }
    }

    /// Sends an order that must be accepted, again until it is; its operation.
    pub(crate) async fn send(&self, key: &str, order: &Order) -> Result<String, Error> {
        eventually("it was accepted", || async {
            match self.try_send(key, order).await {
                Fate::Accepted { id, .. } => Ok(Some(id)),
                Fate::Open { .. } => Ok(None),
                Fate::Refused { why } if why.starts_with('4') => {
                    Err(Error::Unexpected { what: format!("sending {key}"), why })
                }
                Fate::Refused { .. } => Ok(None),
            }
        })
        .await
    }

    /// Sends many at once, each as [`send`](Self::send) does, and remembers what they were told.
    pub(crate) async fn send_all(
        &self,
        orders: impl IntoIterator<Item = (String, Order)>,
    ) -> Result<Vec<Request>, Error> {
        let send = |(key, order): (String, Order)| async move {
            let id = self.send(&key, &order).await?;
            let mut request = Request::new(key, order);
            request.fates.push(Fate::Accepted { id, replayed: false });
            Ok(request)
        };
        try_join_all(orders.into_iter().map(send)).await
    }

    /// `:confirm`, `:reject` or `:cancel`.
    pub(crate) fn acting(&self, id: &str, verb: &str) -> RequestBuilder {
        let data = if verb == "confirm" { json!({"accept_errors": true}) } else { json!(null) };
        self.post(&format!("/operations/{id}:{verb}")).json(&json!({ "data": data }))
    }

    /// Acts until an answer came: the same again is no second decision.
    pub(crate) async fn act(&self, id: &str, verb: &str) -> Result<Answer, Error> {
        insist(&format!("{verb} {id}"), || self.acting(id, verb)).await
    }

    /// The answer with the status document.
    pub(crate) async fn operation(&self, id: &str) -> Result<Answer, Error> {
        let path = format!("/operations/{id}");
        insist(&path, || self.get(&path)).await
    }

    /// The status document once this is true of it.
    pub(crate) async fn until(
        &self,
        id: &str,
        what: &str,
        is: impl Fn(&Value) -> bool,
    ) -> Result<Value, Error> {
        let asked = eventually(what, || async {
            let shown = self.operation(id).await?.body;
            Ok(is(&shown).then_some(shown))
        });
        let late = |error| match error {
            Error::Never { what, .. } => {
                Error::Never { what: format!("{id}: {what}"), patience: PATIENCE }
            }
            other => other,
        };
        asked.await.map_err(late)
    }

    /// The status document once nothing can follow by itself.
    pub(crate) async fn until_over(&self, id: &str) -> Result<Value, Error> {
        self.until(id, "it is over", is_over).await
    }
}

/// Whether nothing can follow by itself: it has ended, or a person is needed.
pub(crate) fn is_over(shown: &Value) -> bool {
    shown["done"] == true || shown["attention"].is_object()
}

/// Repeats a request until the service is there to answer it.
pub(crate) async fn insist(
    what: &str,
    request: impl Fn() -> RequestBuilder,
) -> Result<Answer, Error> {
    eventually(what, || async {
        let answer = Answer::to(request()).await.ok();
        Ok(answer.filter(|answer| answer.status < 500 && answer.status != 429))
    })
    .await
}
