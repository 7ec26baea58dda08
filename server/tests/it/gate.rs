//! A gate between a worker and the bank: it knows what the worker sent, and can hold a request or
//! its answer so that the worker can be stopped at that very moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Where a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Before the bank gets it, which it never does.
    Forever,
    /// After the bank answered.
    Answer,
}

/// A request that is held until this is let go of.
pub(crate) struct Held {
    _release: oneshot::Sender<()>,
}

type Trap = (Method, Hold, oneshot::Sender<Held>);

#[derive(Clone)]
struct Keeper {
    bank: String,
    client: Client,
    trap: Arc<Mutex<Option<Trap>>>,
    sent: Arc<Mutex<Vec<String>>>,
}

pub(crate) struct Gate {
    url: String,
    keeper: Keeper,
    serving: JoinHandle<()>,
}

impl Gate {
    pub(crate) async fn before(bank: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let keeper = Keeper {
            bank: bank.to_owned(),
            client: Client::new(),
            trap: Arc::default(),
            sent: Arc::default(),
        };
        let router = Router::new().fallback(pass).with_state(keeper.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, keeper, serving }
    }

    /// The setting of a worker that goes through this gate.
    pub(crate) fn setting(&self) -> String {
        format!("mass_payments.back_office_url={}", self.url)
    }

    /// Holds the next request of this method; resolves when it is held.
    pub(crate) async fn hold(&self, method: Method, hold: Hold) -> Held {
        let (told, held) = oneshot::channel();
        *self.keeper.trap.lock().unwrap() = Some((method, hold, told));
        let patience = Duration::from_secs(120);
        tokio::time::timeout(patience, held).await.expect("it was never sent").unwrap()
    }

    /// How many requests came so far, of which how many would change something.
    pub(crate) fn sent(&self) -> (usize, usize) {
        let sent = self.keeper.sent.lock().unwrap();
        (sent.len(), sent.iter().filter(|line| line.starts_with("POST")).count())
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(keeper): State<Keeper>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    keeper.sent.lock().unwrap().push(format!("{} {}", parts.method, parts.uri));
    let trap = keeper.trap.lock().unwrap().take_if(|(method, _, _)| *method == parts.method);
    let (release, released) = oneshot::channel();
    let held = Held { _release: release };
    let answer = match trap {
        Some((_, Hold::Forever, told)) => {
            let _gone = told.send(held);
            let _let_go = released.await;
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Some((_, Hold::Answer, told)) => {
            let answer = keeper.forward(&parts, body).await;
            let _gone = told.send(held);
            let _let_go = released.await;
            answer
        }
        None => keeper.forward(&parts, body).await,
    };
    answer.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

impl Keeper {
    async fn forward(
        &self,
        parts: &axum::http::request::Parts,
        body: axum::body::Bytes,
    ) -> Result<Response, reqwest::Error> {
        let url = format!("{}{}", self.bank, parts.uri);
        let mut request = self.client.request(parts.method.clone(), url).body(body);
        if let Some(kind) = parts.headers.get("content-type") {
            request = request.header("content-type", kind);
        }
        let answer = request.send().await?;
        let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
        let mut response = (status, Body::from(answer.bytes().await?)).into_response();
        if let Some(kind) = kind {
            response.headers_mut().insert("content-type", kind);
        }
        Ok(response)
    }
}
