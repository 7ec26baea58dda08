//! Who plays: the back office, the API and a worker, each a process of its own.

use std::path::PathBuf;

use super::api::Api;
use super::office::Office;
use crate::args::{Misbehave, Options};
use crate::error::Error;
use crate::process::Process;

/// What `harsh` begins with before it goes on at random, so that no run is merely lucky.
const HARSH_OPENING: &str = "create:error_after,confirm:throttled,confirm:lost_after";

/// The processes of the story, and where they listen.
pub(crate) struct Cast {
    processes: Vec<Process>,
    pub(crate) office: Office,
    pub(crate) api: Api,
    store: String,
    folder: PathBuf,
    /// Removed with the story; kept while the processes live.
    _folder: tempfile::TempDir,
}

impl Cast {
    pub(crate) async fn start(options: &Options) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("deferral-demo-").tempdir();
        let temporary = folder.map_err(Error::Folder)?;
        let folder = temporary.path().to_owned();
        let path = |name: &str| folder.join(name).display().to_string();
        let store =
            options.store.clone().unwrap_or_else(|| format!("sqlite:{}", path("deferral.db")));

        let mut arguments: Vec<String> =
            ["stand-in", "back-office", "--listen", "127.0.0.1:0"].map(str::to_owned).to_vec();
        arguments.extend(["--mode", "async", "--database"].map(str::to_owned));
        arguments.extend([path("back-office.db"), "--misbehave".to_owned()]);
        arguments.push(options.misbehave.as_str().to_owned());
        if options.misbehave == Misbehave::Harsh {
            arguments.extend(["--script".to_owned(), HARSH_OPENING.to_owned()]);
        }
        if let Some(seed) = options.seed {
            arguments.extend(["--seed".to_owned(), seed.to_string()]);
        }
        let mut back_office = Process::start("back-office", &folder, arguments)?;
        let office = Office::at(back_office.url().await?)?;

        let service = |role: &str| -> Vec<String> {
            let set = [
                ("mass_payments.back_office_url", office.url()),
                ("mass_payments.settle", "3s"),
                ("mass_payments.timeout", "1s"),
                ("mass_payments.landing", "2s"),
                ("rehearsals.enabled", "true"),
            ];
            let mut arguments = vec!["service".to_owned(), role.to_owned()];
            arguments.extend(["--store".to_owned(), store.clone()]);
            if role == "api" {
                let anywhere = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
                arguments.extend(anywhere.map(str::to_owned));
            }
            for (name, value) in set {
                arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
            }
            arguments
        };
        let mut api = Process::start("api", &folder, service("api"))?;
        let url = api.url().await?;
        let worker = Process::start("worker", &folder, service("worker"))?;
        let api_client = Api::at(url)?;
        let processes = vec![worker, api, back_office];
        Ok(Self { processes, office, api: api_client, store, folder, _folder: temporary })
    }

    /// Ends all processes, the worker first.
    pub(crate) async fn stop(self) {
        for process in self.processes {
            process.stop().await;
        }
    }

    pub(crate) fn where_to_look(&self, operation: &str) -> String {
        format!(
            "Where to look next:\n  curl {api}/mass-payments/{operation}\n  \
             curl '{api}/mass-payments/{operation}/payments?status=rejected'\n  \
             curl {api}/operations/{operation}\n  curl {office}/ledger\n  \
             cargo run --release -- info --store {store}\n  logs in {folder}",
            api = self.api.url(),
            office = self.office.url(),
            store = self.store,
            folder = self.folder.display(),
        )
    }
}
