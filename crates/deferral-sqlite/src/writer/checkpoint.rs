//! Moves what is in the log into the database, between batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rusqlite::{Connection, Result};

/// So many pages in the log are worth a checkpoint: 16 MiB. A longer log writes a page that changes
/// all the time less often; a shorter one keeps the pause between two batches short.
const DUE: i32 = 4000;

/// How long the log is.
#[derive(Clone, Default)]
pub(crate) struct Log {
    pages: Arc<AtomicI32>,
}

impl Log {
    /// Follows the log of the connection that writes. This replaces SQLite's own checkpoints,
    /// which come within a commit: there its callers would wait for them.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<()> {
        let log = self.clone();
        connection.wal_hook(Some(move |_: &mut _, pages| {
            log.pages.store(pages, Ordering::Relaxed);
            Ok(())
        }))
    }

    /// Makes a checkpoint when the log is long. What a reader still needs stays for the next one.
    pub(super) fn cut_if_long(&self, connection: &Connection) {
        if self.pages.load(Ordering::Relaxed) >= DUE {
            self.cut(connection);
        }
    }

    /// Makes a checkpoint, so that the room the log has is used again.
    pub(super) fn cut(&self, connection: &Connection) {
        self.pages.store(0, Ordering::Relaxed);
        let made = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        if let Err(error) = made {
            // Nothing is lost: the log holds it until a checkpoint succeeds.
            tracing::warn!(%error, "A checkpoint failed");
        }
    }
}
