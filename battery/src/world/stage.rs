//! One world: a folder, a store in it, a back office, and a client of the API.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deferral::core::{FoundOperation, JobQuery, Operation, OperationId, Store, StoredJob, Tenant};
use deferral::sqlite::{Options, SqliteStore};
use serde_json::Value;

use super::back_office::BackOffice;
use super::checker;
use super::client::{Api, http_client};
use super::history::History;
use super::process::{Launch, Process, log_of};
use crate::error::Error;
use crate::report::Report;

/// What a worker logs when the store refused what it wrote for a lease that it had lost.
const STALE: &str = "A stale write was refused";

/// Short times, so that what is waited for comes soon: nothing here is slow but the machine.
const SETTINGS: [&str; 5] = [
    "rehearsals.enabled=true",
    "worker.lease=1s",
    "mass_payments.timeout=1s",
    "mass_payments.landing=500ms",
    "mass_payments.settle=2s",
];

/// The back office answers at once and works in the background, a moment; its misbehaviors are
/// over soon.
const MANNERS: [&str; 10] = [
    "--mode",
    "async",
    "--processing-ms",
    "50",
    "--landing",
    "0.4",
    "--stale-ms",
    "100",
    "--hang",
    "3",
];

/// A folder with a store, a back office, and a client of the API.
#[derive(Debug)]
pub(crate) struct World {
    /// What pays.
    pub(crate) back_office: BackOffice,
    /// Requests to the API.
    pub(crate) api: Api,
    folder: PathBuf,
    store: PathBuf,
    settings: Vec<String>,
}

impl World {
    /// Nothing runs yet but the back office. `back_office` are more arguments for it, `settings`
    /// more settings for API and workers; both come after (and so win over) those that are fixed
    /// here.
    pub(crate) async fn new(
        folder: &Path,
        back_office: &[&str],
        settings: &[&str],
    ) -> Result<Arc<Self>, Error> {
        let store = folder.join("store.db");
        Self::over(&store, folder, back_office, settings).await
    }

    /// As [`new`](Self::new), with the store elsewhere: on a disk that will be harmed.
    pub(crate) async fn over(
        store: &Path,
        folder: &Path,
        back_office: &[&str],
        settings: &[&str],
    ) -> Result<Arc<Self>, Error> {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|source| Error::File { path: folder.to_owned(), source })?;
        let client = http_client()?;
        let arguments: Vec<&str> = manners(back_office);
        let back_office = BackOffice::start(folder, client.clone(), &arguments).await?;
        let mut all: Vec<String> = SETTINGS.map(str::to_owned).into();
        all.push(format!("mass_payments.back_office_url={}", back_office.url()));
        all.push(format!("battery.far_end={}", back_office.url()));
        all.extend(settings.iter().map(|it| (*it).to_owned()));
        let (folder, store) = (folder.to_owned(), store.to_owned());
        Ok(Arc::new(Self { back_office, api: Api::new(client), folder, store, settings: all }))
    }

    /// Where stores and logs are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of the store.
    pub(crate) fn store_file(&self) -> &Path {
        &self.store
    }

    /// A subcommand of the service over the store, without the settings of this world.
    pub(crate) fn command(&self, name: &str, command: &[&str]) -> Launch {
        let store = format!("sqlite:{}", self.store.display());
        Launch::new(name, ["service"]).with(command).with(&["--store", &store])
    }

    /// A role of the service with the settings of this world: to be changed, and started with
    /// [`start_api_as`](Self::start_api_as) or [`Launch::start`].
    pub(crate) fn role(&self, role: &str, name: &str) -> Launch {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        let launch = self.command(name, &[role]).set(&settings);
        match role {
            "worker" => launch,
            _ => launch.with(&["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]),
        }
    }

    /// Starts an API; from now on requests go there.
    pub(crate) async fn start_api(&self) -> Result<Process, Error> {
        self.start_api_as(&self.role("api", "api")).await
    }

    /// Starts an API (or `serve`) in a special way; from now on requests go there.
    pub(crate) async fn start_api_as(&self, launch: &Launch) -> Result<Process, Error> {
        let mut process = launch.start(&self.folder)?;
        self.api.moved(process.url().await?);
        Ok(process)
    }

    /// Starts a worker, whose log has this name, with further settings.
    pub(crate) fn start_worker(&self, name: &str, settings: &[&str]) -> Result<Process, Error> {
        self.role("worker", name).set(settings).start(&self.folder)
    }

    /// What a subcommand prints that must succeed.
    pub(crate) async fn said(&self, command: &[&str]) -> Result<String, Error> {
        let output = self.command("command", command).run(&self.folder).await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Error::Unexpected { what: command.join(" "), why })
    }

    /// How often a line with these words stands in the logs of the processes with this name.
    pub(crate) fn logged(&self, name: &str, words: &str) -> u64 {
        let log = std::fs::read(log_of(&self.folder, name)).unwrap_or_default();
        String::from_utf8_lossy(&log).matches(words).count() as u64
    }

    /// How many stale writes of the processes with this name were refused.
    pub(crate) fn stale_refused_by(&self, name: &str) -> u64 {
        self.logged(name, STALE)
    }

    /// How many stale writes were refused, of all processes.
    pub(crate) fn stale_refused(&self) -> u64 {
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let logs = files.filter_map(|file| file.file_name().into_string().ok());
        logs.filter_map(|name| name.strip_suffix(".log").map(|it| self.stale_refused_by(it))).sum()
    }

    /// The store, as a further process would open it.
    pub(crate) async fn store(&self) -> Result<SqliteStore, Error> {
        self.store_with(Options::default()).await
    }

    /// The store with options.
    pub(crate) async fn store_with(&self, options: Options) -> Result<SqliteStore, Error> {
        SqliteStore::open(&self.store, options).await.map_err(|error| Error::Unexpected {
            what: format!("opening {}", self.store.display()),
            why: error.to_string(),
        })
    }

    /// Compares what callers were told, what the store holds and what was paid, once everything
    /// has come to its end, for which this waits. Fills the report.
    pub(crate) async fn check(&self, history: &History, report: &mut Report) -> Result<(), Error> {
        let store = self.store().await?;
        checker::settled(&store, history).await?;
        let ledger = self.back_office.ledger().await?;
        checker::check(&store, &ledger, history, report).await?;
        report.counts.stale_refused += self.stale_refused();
        Ok(())
    }
}

/// The fixed arguments that are not given anew: the back office takes each once.
fn manners<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let fixed = MANNERS.chunks(2).filter(|pair| !more.contains(&pair[0]));
    fixed.flatten().copied().chain(more.iter().copied()).collect()
}

/// The operation as it is stored; none when it is not there.
pub(crate) async fn stored(store: &dyn Store, id: &str) -> Result<Option<Operation>, Error> {
    let unreadable = |error: &dyn std::fmt::Display| Error::Unexpected {
        what: format!("the id {id}"),
        why: error.to_string(),
    };
    let id: OperationId = id.parse().map_err(|error| unreadable(&error))?;
    match store.operation(&Tenant::default(), id).await? {
        FoundOperation::Live(operation) => Ok(Some(*operation)),
        FoundOperation::Gone | FoundOperation::Unknown => Ok(None),
    }
}

/// The job that carries the operation out at present.
pub(crate) async fn job_of(store: &dyn Store, id: &str) -> Result<Option<StoredJob>, Error> {
    let Some(job) = stored(store, id).await?.and_then(|operation| operation.job) else {
        return Ok(None);
    };
    let query = JobQuery { id: Some(job), limit: 1, ..JobQuery::default() };
    Ok(store.jobs(&query).await?.page.items.pop())
}

/// A part of a status document, for a finding.
pub(crate) fn brief(shown: &Value) -> String {
    let short = serde_json::json!({
        "id": shown["id"], "status": shown["status"], "error": shown["error"],
        "attention": shown["attention"],
    });
    short.to_string()
}
