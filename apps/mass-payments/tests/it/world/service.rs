//! The service of a test, and its callers.

use std::sync::Arc;
use std::time::Duration;

use back_office::Config as BankConfig;
use deferral::config::{Config, Span};
use deferral::core::Store;
use deferral::http::{Limits, serve};
use deferral::{Service, open_store};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Bank, eventually};

/// A service that serves and works, and the back office that it works with.
pub(crate) struct World {
    pub(crate) bank: Bank,
    pub(crate) store: Arc<dyn Store>,
    service: Arc<Service>,
    url: String,
    client: Client,
    serving: JoinHandle<()>,
    worker: Option<(JoinHandle<()>, oneshot::Sender<()>)>,
    _folder: TempDir,
}

/// What came back: status, headers, and the body as JSON if it is some.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The operation that was accepted or acted on.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        let id = self.headers.get("operation-id").unwrap_or_else(|| panic!("refused: {self:?}"));
        id.to_str().unwrap().to_owned()
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl World {
    /// With a worker, and a back office that behaves.
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With a worker, and a back office that misbehaves by script.
    pub(crate) async fn scripted(text: &str) -> Self {
        Self::with(|config| config.misbehaving.script = super::script(text)).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut BankConfig)) -> Self {
        let mut world = Self::idle(change, "").await;
        world.work();
        world
    }

    /// Nobody works yet. `settings` are lines of `[mass_payments]`.
    pub(crate) async fn idle(change: impl FnOnce(&mut BankConfig), settings: &str) -> Self {
        let bank = Bank::start(change).await;
        let url = bank.url().to_owned();
        Self::open(bank, &url, settings).await
    }

    /// With a worker, and something else in the place of the back office.
    pub(crate) async fn facing(routes: axum::Router) -> Self {
        let bank = Bank::start(|_| ()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let mut world = Self::open(bank, &url, "").await;
        world.work();
        world
    }

    async fn open(bank: Bank, back_office_url: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.worker.grace = Span(Duration::from_millis(50));
        config.store.url = format!("sqlite:{}", folder.path().join("test.db").display());
        let section = format!(
            "back_office_url = \"{back_office_url}\"\ntimeout = \"1s\"\nlanding = \"500ms\"\n\
             settle = \"3s\"\n{settings}"
        );
        config.extensions.insert("mass_payments".into(), toml::from_str(&section).unwrap());
        let store = open_store(&config.store).await.unwrap();
        let service = Service::new(store.clone(), config, [mass_payments::extension()]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = service.router();
        let serving = tokio::spawn(async move {
            serve(listener, router, Limits::default(), std::future::pending()).await;
        });
        let (service, client) = (Arc::new(service), Client::new());
        Self { bank, store, service, url, client, serving, worker: None, _folder: folder }
    }

    /// Starts the worker.
    pub(crate) fn work(&mut self) {
        let service = self.service.clone();
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _gone = stopped.await;
        };
        let work = async move { service.work(stopped).await.unwrap() };
        self.worker = Some((tokio::spawn(work), stop));
    }

    /// Stops the worker, which has no patience with what it runs, and waits until it is gone.
    pub(crate) async fn rest(&mut self) {
        let (worker, stop) = self.worker.take().unwrap();
        stop.send(()).unwrap();
        worker.await.unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.at(path))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.at(path))
    }

    /// Paths of this API, or links that it gave.
    fn at(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() }
    }

    /// Sends a batch under a key that is its reference.
    pub(crate) async fn send(&self, batch: &Value) -> Answer {
        let key = batch["reference"].as_str().unwrap().replace(' ', "-");
        let request = self.post("/mass-payments").header("Idempotency-Key", key).json(batch);
        answer(request).await
    }

    /// Sends a batch that must be accepted; its id.
    pub(crate) async fn accepted(&self, batch: &Value) -> String {
        let answer = self.send(batch).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.id()
    }

    pub(crate) async fn act(&self, id: &str, verb: &str, body: Value) -> Answer {
        answer(self.post(&format!("/mass-payments/{id}:{verb}")).json(&body)).await
    }

    pub(crate) async fn operation(&self, id: &str) -> Value {
        answer(self.get(&format!("/operations/{id}"))).await.body
    }

    pub(crate) async fn mass_payment(&self, id: &str) -> Value {
        answer(self.get(&format!("/mass-payments/{id}"))).await.body
    }

    /// The mass payment once it has this status.
    pub(crate) async fn until(&self, id: &str, status: &str) -> Value {
        eventually(status, async || {
            let shown = self.mass_payment(id).await;
            let over = shown["final"] == true && shown["status"] != status;
            assert!(!over, "it was to be {status}: {shown}");
            (shown["status"] == status).then_some(shown)
        })
        .await
    }

    /// Waits until a person is needed; why.
    pub(crate) async fn until_parked(&self, id: &str) -> String {
        eventually("parked", async || {
            let shown = self.mass_payment(id).await;
            shown["attention"]["message"].as_str().map(str::to_owned)
        })
        .await
    }

    /// Waits until the outcome of an effect is unknown.
    pub(crate) async fn until_verifying(&self, id: &str) {
        eventually("verifying", async || {
            (self.mass_payment(id).await["verifying"] == true).then_some(())
        })
        .await;
    }

    /// Waits until the back office has canceled the mass payment.
    pub(crate) async fn until_withdrawn(&self, id: &str) {
        eventually("withdrawn", async || {
            let found = self.bank.find(id).await;
            assert_eq!(found.len(), 1, "{found:?}");
            (found[0]["status"] == "canceled").then_some(())
        })
        .await;
        assert_eq!(self.bank.paid().await, [0, 0]);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
        if let Some((worker, _)) = &self.worker {
            worker.abort();
        }
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
}
