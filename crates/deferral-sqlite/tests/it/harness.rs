//! A database in a directory of its own, as the suite sees it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use deferral_core::{JobId, Store, WorkerId};
use deferral_sqlite::{Options, SqliteStore};
use deferral_testing::{Harness, TestClock};
use rusqlite::Connection;
use tempfile::TempDir;

/// A store, and a second one on the same file when a test asks for it.
pub(crate) struct SqliteHarness {
    first: Option<Arc<SqliteStore>>,
    second: OnceLock<Arc<SqliteStore>>,
    clock: TestClock,
    directory: TempDir,
}

/// An empty store.
pub(crate) async fn open() -> SqliteHarness {
    let clock = TestClock::new();
    let directory = tempfile::tempdir().unwrap();
    let first = Some(open_at(&directory, &clock).await);
    SqliteHarness { first, second: OnceLock::new(), clock, directory }
}

async fn open_at(directory: &TempDir, clock: &TestClock) -> Arc<SqliteStore> {
    let options = Options { clock: Arc::new(clock.clone()), ..Options::default() };
    Arc::new(SqliteStore::open(directory.path().join("deferral.db"), options).await.unwrap())
}

impl SqliteHarness {
    fn first(&self) -> &Arc<SqliteStore> {
        self.first.as_ref().expect("it is open")
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("deferral.db")
    }
}

#[async_trait]
impl Harness for SqliteHarness {
    fn store(&self) -> Arc<dyn Store> {
        Arc::<SqliteStore>::clone(self.first())
    }

    fn second(&self) -> Arc<dyn Store> {
        let open = || {
            let opened = open_at(&self.directory, &self.clock);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(opened))
        };
        Arc::<SqliteStore>::clone(self.second.get_or_init(open))
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    async fn kill_worker(&self, worker: WorkerId) {
        self.first().abandon(worker).await.unwrap();
        if let Some(second) = self.second.get() {
            second.abandon(worker).await.unwrap();
        }
    }

    async fn reopen(&mut self) {
        self.first = None;
        self.second = OnceLock::new();
        self.first = Some(open_at(&self.directory, &self.clock).await);
    }

    async fn damage_job(&self, job: JobId) -> bool {
        let connection = Connection::open(self.path()).unwrap();
        let sql = "UPDATE jobs SET checksum = checksum + 1 WHERE id = ?1";
        connection.execute(sql, [job.as_uuid()]).unwrap() == 1
    }
}
