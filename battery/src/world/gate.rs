//! A gate between a worker and the back office: it knows what the worker sent, and can hold a
//! request or its answer so that the worker can be stopped at that very moment.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::client::http_client;
use crate::error::Error;
use crate::service::far_end::RUN;

/// How long to wait for a request that is to be held.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Before the back office gets it, which it never does.
    Forever,
    /// Before the back office gets it, which it does once it is let go of: late.
    Late,
    /// After the back office answered.
    Answer,
}

/// A request that is held until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    /// The mass payment that it creates or asks for, if it does, by its `mp_uuid`.
    pub(crate) mass_payment: Option<String>,
    _release: oneshot::Sender<()>,
}

/// What is held: requests of a method whose path ends so, as long as the trap is set.
struct Trap {
    method: Method,
    path: &'static str,
    hold: Hold,
    caught: UnboundedSender<Held>,
}

/// Requests that were caught, in the order in which they were. Those that nobody took are let go of
/// with it.
#[derive(Debug)]
pub(crate) struct Catch {
    held: UnboundedReceiver<Held>,
}

#[derive(Clone)]
struct Keeper {
    back_office: String,
    client: Client,
    trap: Arc<Mutex<Option<Trap>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

/// What a worker sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// The run of a handler that sent it, where it says so.
    pub(crate) run: Option<HeaderValue>,
}

/// A gate that is open as long as this lives.
pub(crate) struct Gate {
    url: String,
    keeper: Keeper,
    serving: JoinHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Opens a gate to a back office.
    pub(crate) async fn before(back_office: &str) -> Result<Self, Error> {
        let failed = |source| Error::Start { name: "a gate".to_owned(), source };
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let keeper = Keeper {
            back_office: back_office.to_owned(),
            client: http_client()?,
            trap: Arc::default(),
            sent: Arc::default(),
        };
        let router = Router::new().fallback(pass).with_state(keeper.clone());
        let serving = tokio::spawn(async move {
            // It ends with the gate.
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self { url, keeper, serving })
    }

    /// The settings of a worker that goes through this gate.
    pub(crate) fn settings(&self) -> [String; 2] {
        let url = &self.url;
        [format!("mass_payments.back_office_url={url}"), format!("battery.far_end={url}")]
    }

    /// From now on holds all requests of this method whose path ends so, until
    /// [`open`](Self::open).
    pub(crate) fn hold(&self, method: Method, path: &'static str, hold: Hold) -> Catch {
        let (caught, held) = unbounded_channel();
        *lock(&self.keeper.trap) = Some(Trap { method, path, hold, caught });
        Catch { held }
    }

    /// From now on lets everything pass. What is held stays so.
    pub(crate) fn open(&self) {
        *lock(&self.keeper.trap) = None;
    }

    /// How many runs of handlers sent something since so much had come.
    pub(crate) fn runs_since(&self, came: usize) -> usize {
        let sent = lock(&self.keeper.sent);
        let runs: HashSet<_> = sent.iter().skip(came).filter_map(|it| it.run.as_ref()).collect();
        runs.len()
    }

    /// What came so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        lock(&self.keeper.sent).clone()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Catch {
    /// The next request that is held.
    pub(crate) async fn next(&mut self) -> Result<Held, Error> {
        let never = || Error::Never { what: "a request was held".to_owned(), patience: PATIENCE };
        let held = tokio::time::timeout(PATIENCE, self.held.recv()).await;
        held.ok().flatten().ok_or_else(never)
    }

    /// The next so many requests.
    pub(crate) async fn take(&mut self, count: usize) -> Result<Vec<Held>, Error> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(self.next().await?);
        }
        Ok(all)
    }
}

/// Goes on by itself when the worker dies: what it has sent, it has sent.
async fn pass(State(keeper): State<Keeper>, request: Request) -> Response {
    let passing = tokio::spawn(let_pass(keeper, request));
    passing.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn let_pass(keeper: Keeper, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    lock(&keeper.sent).push(Sent { run: parts.headers.get(RUN).cloned() });
    let trap = lock(&keeper.trap)
        .as_ref()
        .filter(|trap| trap.method == parts.method && parts.uri.path().ends_with(trap.path))
        .map(|trap| (trap.hold, trap.caught.clone()));
    let (release, released) = oneshot::channel();
    let held = Held { mass_payment: mass_payment(&parts, &body), _release: release };
    // When nobody wants to hold it any more, it is let go of at once.
    let answer = match trap {
        Some((Hold::Forever, caught)) => {
            drop(caught.send(held));
            let _let_go = released.await;
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Some((Hold::Late, caught)) => {
            drop(caught.send(held));
            let _let_go = released.await;
            keeper.forward(&parts, body).await
        }
        Some((Hold::Answer, caught)) => {
            let answer = keeper.forward(&parts, body).await;
            drop(caught.send(held));
            let _let_go = released.await;
            answer
        }
        None => keeper.forward(&parts, body).await,
    };
    answer.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

fn mass_payment(parts: &Parts, body: &Bytes) -> Option<String> {
    let asked = parts.uri.query().and_then(|query| query.strip_prefix("mp_uuid="));
    let sent =
        || serde_json::from_slice::<Value>(body).ok()?["mp_uuid"].as_str().map(str::to_owned);
    asked.map(str::to_owned).or_else(sent)
}

impl Keeper {
    async fn forward(&self, parts: &Parts, body: Bytes) -> Result<Response, reqwest::Error> {
        let url = format!("{}{}", self.back_office, parts.uri);
        let mut request = self.client.request(parts.method.clone(), url).body(body);
        if let Some(kind) = parts.headers.get("content-type") {
            request = request.header("content-type", kind);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = (status, Body::from(answer.bytes().await?)).into_response();
        for name in [CONTENT_TYPE, RETRY_AFTER] {
            if let Some(value) = headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        Ok(response)
    }
}
