//! An API on a real port, with a small application in it.

use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response as Answer};
use axum::routing::post;
use deferral_core::{Job, OperationId, Store, Tenant};
use deferral_http::{
    Acted, ActionBody, Api, HttpApi, Id, Json, Limits, Mode, OptionalJson, Problem, Settings,
    Started, actions, serve,
};
use deferral_testing::{MemoryStore, TestClock};
use reqwest::{Method, RequestBuilder, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::hand::Hand;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The job of all test routes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Charge {
    pub(crate) cents: u64,
    #[serde(default)]
    pub(crate) lines: Vec<u32>,
}

impl Job for Charge {
    const KIND: &'static str = "billing.charge";
    type Output = Value;
}

/// An API on a port of its own, and all that tests need around it.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) memory: Arc<MemoryStore>,
    pub(crate) clock: TestClock,
    pub(crate) api: HttpApi,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default(), Limits::default()).await
    }

    pub(crate) async fn with(settings: Settings, limits: Limits) -> Self {
        Self::over(settings, limits, |memory| memory).await
    }

    /// Puts something between API and memory store.
    pub(crate) async fn over(
        settings: Settings,
        limits: Limits,
        between: impl FnOnce(Arc<MemoryStore>) -> Arc<dyn Store>,
    ) -> Self {
        let clock = TestClock::new();
        let memory = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
        let api = HttpApi::new(between(Arc::clone(&memory)), settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = api.router(routes(), &[]);
        let served = tokio::spawn(serve(listener, router, limits, async {
            let _sender_gone = stopped.await;
        }));
        let (stop, served) = (Some(stop), Some(served));
        Self { address, memory, clock, api, client: client(), stop, served }
    }

    /// Closes the listener and waits until everything has ended.
    pub(crate) async fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.take().unwrap().await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A charge that is accepted, and its id.
    pub(crate) async fn accept(&self) -> OperationId {
        let response = self.charge("/charges").send().await.unwrap();
        assert_eq!(response.status(), 202);
        id_of(&response)
    }

    pub(crate) fn charge(&self, path: &str) -> RequestBuilder {
        self.post(path).json(&json!({"cents": 100}))
    }

    pub(crate) async fn act(&self, id: OperationId, verb: &str) -> Response {
        self.post(&format!("/operations/{id}:{verb}")).send().await.unwrap()
    }

    pub(crate) async fn status(&self, id: OperationId) -> Value {
        self.get(&format!("/operations/{id}")).send().await.unwrap().json().await.unwrap()
    }

    /// A worker that does what it is told.
    pub(crate) async fn hand(&self) -> Hand {
        Hand::register(Arc::clone(&self.memory) as Arc<dyn Store>).await
    }
}

pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _set_by_another_test = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap()
}

pub(crate) fn id_of(response: &Response) -> OperationId {
    header(response, "operation-id").parse().unwrap()
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.unwrap_or_else(|| panic!("no {name} in {response:?}")).to_str().unwrap()
}

pub(crate) fn has(response: &Response, name: &str) -> bool {
    response.headers().contains_key(name)
}

/// The code of a problem, after a look at its form.
pub(crate) async fn problem(response: Response) -> (u16, String, Value) {
    let status = response.status().as_u16();
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["status"], status, "{document}");
    assert!(!document["error"]["message"].as_str().unwrap().is_empty(), "{document}");
    let code = document["error"]["code"].as_str().unwrap().to_owned();
    (status, code, document)
}

pub(crate) async fn refusal(request: RequestBuilder) -> (u16, String) {
    let (status, code, _) = problem(request.send().await.unwrap()).await;
    (status, code)
}

fn routes() -> Router {
    let mode = |mode: Mode| {
        post(
            move |api: Api, Json(job): Json<Charge>| async move { api.accept(job).mode(mode).await },
        )
    };
    Router::new()
        .route("/charges", post(start))
        .route("/other-charges", post(start))
        .route("/sync", mode(Mode::SyncDefault { budget: Duration::from_secs(20) }))
        .route("/hasty", mode(Mode::SyncDefault { budget: Duration::from_millis(20) }))
        .route("/always-async", mode(Mode::AlwaysAsync))
        .route("/never-async", mode(Mode::NeverAsync))
        .route("/keyed", post(keyed))
        .route("/guarded", post(guarded))
        .route("/kept", post(kept))
        .route("/long", post(long))
        .route("/dated", post(dated))
        .route("/staged", post(staged))
        .route("/unstoppable", post(unstoppable))
        .route("/enqueue", post(enqueue))
        .route("/panic", post(panics))
        .route("/plain", post(|_: axum::Json<Charge>| async {}))
        .route("/large", post(start).layer(DefaultBodyLimit::max(10 * 1024 * 1024)))
        .merge(actions("/orders/{id}").get(show).post("confirm", confirm))
}

async fn start(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    api.start(job).await
}

async fn keyed(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    api.accept(job).require_key().await
}

/// Keeps what is finished for 60 days.
async fn kept(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    api.accept(job).retention(DAY * 60).await
}

/// May take 60 days.
async fn long(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    let end = api.now().after(DAY * 60);
    api.accept(job).open_until(end).await
}

/// Refuses the same amount under another key.
async fn guarded(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    let hash = job.cents.to_string();
    api.accept(job)
        .once("charges.amount", hash, Duration::from_secs(3600))
        .problem_on_taken(|_, operation| {
            let status = operation.map(|operation| operation.status.as_str());
            Problem::conflict("PossibleDuplicate", "The same was sent before.")
                .with("duplicateStatus", status)
        })
        .await
}

/// Takes nothing any more an hour after tests begin.
async fn dated(api: Api, Json(job): Json<Charge>) -> Result<Answer, Problem> {
    if api.now() < TestClock::START.after(Duration::from_secs(3600)) {
        return Ok(api.accept(job).await?.into_response());
    }
    let refused = Problem::unprocessable("TooLate", "It is too late for this.");
    api.replayed().await?.map(IntoResponse::into_response).ok_or(refused)
}

async fn staged(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    let id = api.new_id()?;
    api.accept(job).id(id).stage("queued_for_charging").correlation("order-123").await
}

async fn unstoppable(api: Api, Json(job): Json<Charge>) -> Result<Started, Problem> {
    api.accept(job).cancelable(false).await
}

async fn enqueue(api: Api, Json(job): Json<Charge>) -> Result<Json<Value>, Problem> {
    let id = api.enqueue(job).await?;
    Ok(Json(json!({"job": id})))
}

async fn panics(_: Api) {
    panic!("a handler has a bug");
}

async fn show(api: Api, Id(id): Id) -> Result<Json<Value>, Problem> {
    let operation = api.operation(id).await?;
    let tenant: &Tenant = api.tenant();
    Ok(Json(json!({
        "order": id,
        "status": operation.status.as_str(),
        "tenant": tenant.as_str(),
        "mode": api.setting("orders.mode"),
        "url": api.absolute("/orders"),
    })))
}

async fn confirm(
    api: Api,
    Id(id): Id,
    OptionalJson(body): OptionalJson<ActionBody>,
) -> Result<Acted, Problem> {
    api.confirm(id, body).await
}
