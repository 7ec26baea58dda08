//! One thread that writes: all requests that wait share a transaction.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use axum::body::Bytes;
use rusqlite::Connection;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::rows::{Ids, Rows};
use crate::error::Error;

/// A transaction takes so many requests at most, as in the store.
const BATCH: usize = 512;

/// As the store sets up its connection, except that SQLite cuts the log by itself.
pub(crate) const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF; PRAGMA mmap_size = 0;
    PRAGMA wal_autocheckpoint = 2000";

struct Post {
    ids: Ids,
    body: Bytes,
    written: oneshot::Sender<()>,
}

/// Where requests are left.
#[derive(Clone)]
pub(super) struct Writer(Sender<Post>);

impl Writer {
    pub(super) fn start(database: &Path) -> Result<Self, Error> {
        let connection = Connection::open(database)?;
        connection.execute_batch(PRAGMAS)?;
        let (sender, posts) = channel();
        std::thread::Builder::new().name("write".to_owned()).spawn(move || {
            // Whoever waits sees that nobody answers.
            run(&connection, &posts).inspect_err(crate::output::error)
        })?;
        Ok(Self(sender))
    }

    /// Writes the rows of a request; the id of its operation once they are on the disk.
    pub(super) async fn write(&self, body: Bytes) -> Option<Uuid> {
        let (ids, (written, answer)) = (Ids::new(), oneshot::channel());
        self.0.send(Post { ids, body, written }).ok()?;
        answer.await.ok().map(|()| ids.operation)
    }
}

fn run(connection: &Connection, posts: &Receiver<Post>) -> Result<(), Error> {
    let mut rows = Rows::new(connection)?;
    let mut batch = Vec::with_capacity(BATCH);
    while let Ok(first) = posts.recv() {
        let others = posts.try_iter().take(BATCH - 1);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for Post { ids, body, written } in std::iter::once(first).chain(others) {
            rows.insert(ids, &body)?;
            batch.push(written);
        }
        rows.count(batch.len())?;
        connection.execute_batch("COMMIT")?;
        for written in batch.drain(..) {
            let _gone = written.send(());
        }
    }
    Ok(())
}
