//! Moves what is in the log into the database, between batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use rusqlite::{Connection, Result};

use crate::connection::wait_for_others;

/// So many pages in the log are worth a checkpoint: 16 MiB. A longer log writes a page that changes
/// all the time less often; a shorter one keeps the pause between two batches short.
const DUE: i32 = 4000;

/// A log of so many pages, 64 MiB, is begun anew although that has to wait for readers: those who
/// come one after the other would let it grow without end.
const LONG: i32 = 4 * DUE;

/// After so many pages more, 1 MiB, a checkpoint that failed is tried again: on a full disk the log
/// must not eat what becomes free, or no room is left for what it holds. Each copies the whole log,
/// so when it fails again, after twice as many.
const AGAIN: i32 = 250;

/// How long a checkpoint waits for readers. Writers wait with it.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the log is, and how long it was when a checkpoint was last made.
#[derive(Clone, Default)]
pub(crate) struct Log {
    pages: Arc<AtomicI32>,
    cut_at: Arc<AtomicI32>,
    /// After how many pages more the last one is tried again that failed; 0 when it did not.
    again: Arc<AtomicI32>,
    /// Whether a checkpoint waits at present.
    waits: Arc<AtomicBool>,
}

impl Log {
    /// Follows the log of the connection that writes. This replaces SQLite's own checkpoints,
    /// which come within a commit: there its callers would wait for them.
    /// And whoever waits for a checkpoint waits for others shorter than `patience`.
    pub(super) fn watch(&self, connection: &mut Connection, patience: Duration) -> Result<()> {
        let waits = Arc::clone(&self.waits);
        let (mut patient, mut hurried) = (wait_for_others(patience), wait_for_others(PAUSE));
        connection.busy_handler(Some(move |times| {
            if waits.load(Ordering::Relaxed) { hurried(times) } else { patient(times) }
        }))?;
        let log = self.clone();
        connection.wal_hook(Some(move |_: &mut _, pages| {
            log.pages.store(pages, Ordering::Relaxed);
            Ok(())
        }))
    }

    /// Makes a checkpoint when the log has become long. What a reader still needs stays for the next
    /// one.
    pub(super) fn cut_if_long(&self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        let cut_at = self.cut_at.load(Ordering::Relaxed);
        // A log that was begun anew is shorter than it was.
        let grown = if pages < cut_at { pages } else { pages - cut_at };
        if grown < DUE {
            return;
        }
        // While none succeeds nobody waits for one.
        if pages < LONG || self.again.load(Ordering::Relaxed) > 0 {
            self.cut(connection);
        } else if let Err(error) = self.begin_anew(connection) {
            tracing::warn!(%error, pages, "The log can't be begun anew");
        }
    }

    /// Makes a checkpoint, so that the room the log has is used again.
    pub(super) fn cut(&self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        self.cut_at.store(pages, Ordering::Relaxed);
        let made = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        match made {
            Ok(()) => self.again.store(0, Ordering::Relaxed),
            Err(error) => {
                // Nothing is lost: the log holds it until a checkpoint succeeds.
                tracing::warn!(%error, pages, "A checkpoint failed");
                self.try_again();
            }
        }
    }

    fn try_again(&self) {
        let pages = self.pages.load(Ordering::Relaxed);
        let again = (2 * self.again.load(Ordering::Relaxed)).clamp(AGAIN, DUE);
        self.again.store(again, Ordering::Relaxed);
        self.cut_at.store(pages - DUE + again, Ordering::Relaxed);
    }

    /// Waits until nobody reads from the log, and cuts its file.
    fn begin_anew(&self, connection: &Connection) -> Result<()> {
        self.cut_at.store(self.pages.load(Ordering::Relaxed), Ordering::Relaxed);
        self.waits.store(true, Ordering::Relaxed);
        let busy = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        self.waits.store(false, Ordering::Relaxed);
        if busy.inspect_err(|_| self.try_again())? {
            tracing::debug!("A reader keeps the log");
        } else {
            self.pages.store(0, Ordering::Relaxed);
            self.cut_at.store(0, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};

    use super::*;
    use crate::connection;
    use crate::options::Options;

    /// On a full disk a checkpoint fails; the first commits that find room again make it.
    #[test]
    fn what_failed_is_tried_again_soon() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log.db");
        Connection::open(&path).unwrap();
        let options = Options::default();
        let mut writer = connection::writer(&path, &options).unwrap();
        let log = Log::default();
        log.watch(&mut writer, options.patience).unwrap();
        writer.execute_batch("CREATE TABLE filler (bytes BLOB); BEGIN").unwrap();
        writer.execute("INSERT INTO filler VALUES (zeroblob(8192))", []).unwrap();
        // Within a transaction there can be none.
        log.cut(&writer);
        writer.execute_batch("COMMIT").unwrap();
        let database = || std::fs::metadata(&path).unwrap().len();
        let before = database();
        for _ in 0..2 {
            log.cut_if_long(&writer);
            assert_eq!(database(), before, "not after each commit");
            writer.execute("INSERT INTO filler VALUES (zeroblob(524288))", []).unwrap();
        }
        log.cut_if_long(&writer);
        assert!(database() > before, "the log was moved into the database");
        assert!(log.pages.load(Ordering::Relaxed) < DUE, "long before it is due");
    }

    /// Readers that overlap: at no moment nobody reads, and no read lasts.
    #[test]
    fn the_log_stays_short_however_many_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log.db");
        Connection::open(&path).unwrap();
        let options = Options::default();
        let mut writer = connection::writer(&path, &options).unwrap();
        writer.pragma_update(None, "synchronous", "OFF").unwrap();
        writer.execute_batch("CREATE TABLE filler (bytes BLOB)").unwrap();
        let log = Log::default();
        log.watch(&mut writer, options.patience).unwrap();
        let mut readers = [0, 1].map(|_| connection::reader(&path, &options).unwrap());
        let (stop, stopped) = channel::<()>();
        let reading = std::thread::spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
                let [old, young] = &readers;
                young.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").unwrap();
                if !old.is_autocommit() {
                    old.execute_batch("COMMIT").unwrap();
                }
                readers.reverse();
            }
        });
        let mut longest = 0;
        for _ in 0..1500 {
            writer.execute("INSERT INTO filler VALUES (zeroblob(131072))", []).unwrap();
            log.cut_if_long(&writer);
            let length = std::fs::metadata(directory.path().join("log.db-wal")).unwrap().len();
            longest = longest.max(length);
        }
        drop(stop);
        reading.join().unwrap();
        assert!(longest > 16 << 20, "it was long enough to be cut: {longest}");
        assert!(longest < 128 << 20, "it grew to {longest} bytes");
    }
}
