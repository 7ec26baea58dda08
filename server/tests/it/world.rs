//! A store, a bank, and processes of `deferral` between them.

use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::{Duration, Instant};

use back_office::Config as BankConfig;
use deferral::core::{FoundOperation, JobQuery, Operation, OperationId, Store, StoredJob, Tenant};
use deferral::sqlite::{Options, SqliteStore};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

use crate::bank::Bank;
use crate::payments::Batch;
use crate::process::{Process, run};

/// Far more than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often to ask.
const POLL: Duration = Duration::from_millis(10);

pub(crate) struct World {
    pub(crate) bank: Bank,
    settings: Vec<String>,
    url: RwLock<String>,
    client: Client,
    folder: TempDir,
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
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            println!("store and logs are in {}", self.folder.path().display());
        }
    }
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never happened: {what}");
        tokio::time::sleep(POLL).await;
    }
}

pub(crate) fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl World {
    /// Nothing runs yet but the bank.
    pub(crate) async fn new(change: impl FnOnce(&mut BankConfig), settings: &[&str]) -> Self {
        let bank = Bank::start(change).await;
        let mut all = strings(&[
            "rehearsals.enabled=true",
            "worker.lease=1s",
            "mass_payments.timeout=1s",
            "mass_payments.landing=500ms",
            "mass_payments.settle=2s",
        ]);
        all.push(format!("mass_payments.back_office_url={}", bank.url()));
        all.extend(strings(settings));
        let client = Client::builder().timeout(Duration::from_secs(40)).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { bank, settings: all, url: RwLock::default(), client, folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.folder().join("test.db")
    }

    /// The command line of a subcommand over the store.
    fn over_store(&self, command: &[&str]) -> Vec<String> {
        let mut arguments = strings(command);
        arguments.extend(["--store".to_owned(), format!("sqlite:{}", self.file().display())]);
        arguments
    }

    /// The command line of a role, with the settings of this world and more.
    fn role(&self, role: &str, more: &[&str]) -> Vec<String> {
        let mut arguments = self.over_store(&[role]);
        for setting in self.settings.iter().map(String::as_str).chain(more.iter().copied()) {
            arguments.extend(strings(&["--set", setting]));
        }
        arguments
    }

    /// Starts an API; from now on requests go there.
    pub(crate) async fn api(&self) -> Process {
        let mut arguments = self.role("api", &[]);
        arguments.extend(strings(&["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]));
        let mut process = Process::start(self.folder(), "api", &arguments);
        let url = process.url().await;
        *self.url.write().unwrap() = url;
        process
    }

    /// Starts a worker, whose log has this name.
    pub(crate) fn worker(&self, name: &str, settings: &[&str]) -> Process {
        Process::start(self.folder(), name, &self.role("worker", settings))
    }

    /// What a command prints that must succeed.
    pub(crate) async fn said(&self, command: &[&str]) -> String {
        let output = run(self.folder(), &self.over_store(command)).await;
        assert!(output.status.success(), "{command:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url.read().unwrap()))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url.read().unwrap()))
    }

    /// The request that sends a batch under a key that is its reference.
    pub(crate) fn sending(&self, batch: &Batch) -> RequestBuilder {
        self.post("/mass-payments").header("Idempotency-Key", &batch.reference).json(&batch.body())
    }

    /// Sends a batch that must be accepted; its id.
    pub(crate) async fn send(&self, batch: &Batch) -> String {
        let answer = insist(|| self.sending(batch)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.id()
    }

    /// Starts a rehearsal under a key; its id.
    pub(crate) async fn rehearse(&self, key: &str, script: &Value) -> String {
        let request = || self.post("/rehearsals").header("Idempotency-Key", key).json(script);
        let answer = insist(request).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.id()
    }

    /// The status document.
    pub(crate) async fn operation(&self, id: &str) -> Value {
        let answer = insist(|| self.get(&format!("/operations/{id}"))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The status document once this is true of it.
    pub(crate) async fn until(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.operation(id).await;
            if is(&shown) {
                return shown;
            }
            assert!(Instant::now() < deadline, "it never was {what}: {shown}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// The status document once nothing can follow.
    pub(crate) async fn until_done(&self, id: &str) -> Value {
        self.until(id, "done", |shown| shown["done"] == true).await
    }

    /// The store, as a further process would open it.
    pub(crate) async fn store(&self) -> SqliteStore {
        SqliteStore::open(self.file(), Options::default()).await.unwrap()
    }
}

/// What came back, if anything did.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await?;
    Ok(Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// Repeats a request until the service is there to answer it.
pub(crate) async fn insist(request: impl Fn() -> RequestBuilder) -> Answer {
    eventually("an answer", async || {
        answer(request()).await.ok().filter(|answer| answer.status != 503)
    })
    .await
}

/// The operation as it is stored.
pub(crate) async fn stored(store: &SqliteStore, id: &str) -> Operation {
    let id: OperationId = id.parse().unwrap();
    match store.operation(&Tenant::default(), id).await.unwrap() {
        FoundOperation::Live(operation) => *operation,
        other => panic!("{id}: {other:?}"),
    }
}

/// The job that carries the operation out.
pub(crate) async fn job_of(store: &SqliteStore, id: &str) -> Option<StoredJob> {
    let job = stored(store, id).await.job?;
    let query = JobQuery { id: Some(job), limit: 1, ..JobQuery::default() };
    store.jobs(&query).await.unwrap().page.items.pop()
}

/// Checks the events: numbered without gaps, and nothing after the end.
pub(crate) async fn check_events(store: &SqliteStore, id: &str) {
    let operation = stored(store, id).await;
    let events = store.events(&Tenant::default(), operation.id, 0).await.unwrap();
    let (first, last) = (events.first().unwrap().number, events.last().unwrap().number);
    assert_eq!(last, operation.version);
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, (first..=last).collect::<Vec<_>>(), "{events:?}");
    let is_end = |name: &str| matches!(name, "succeeded" | "failed" | "canceled");
    let ends: Vec<u64> = events.iter().filter(|it| is_end(it.name())).map(|it| it.number).collect();
    assert_eq!(ends, [last], "{events:?}");
}
