//! Threads that read, beside the one that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deferral_core::StoreError;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::error::{Failure, unavailable};
use crate::statements::Statements;

/// So many reads may wait or run; who comes later waits for room.
const ROOM: usize = 256;

type Task = Box<dyn FnOnce(&mut Statements<'_>) + Send>;

/// So many steps a statement makes between two looks at the time.
const STEPS: i32 = 10_000;

/// The threads that read.
pub(crate) struct Readers {
    tasks: Option<Sender<Task>>,
    room: Arc<Semaphore>,
    threads: Vec<JoinHandle<()>>,
    limit: Duration,
}

impl Readers {
    /// One thread for each of these connections. Nobody waits longer than `limit` for an answer.
    pub(crate) fn start(connections: Vec<Connection>, limit: Duration) -> std::io::Result<Self> {
        let (tasks, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = Vec::with_capacity(connections.len());
        for connection in connections {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("deferral-read".to_owned());
            threads.push(thread.spawn(move || serve(connection, &waiting, limit))?);
        }
        Ok(Self { tasks: Some(tasks), room: Arc::new(Semaphore::new(ROOM)), threads, limit })
    }

    /// Reads, on one of the threads. A disk that does not answer holds up the thread, and not its
    /// caller.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Statements<'_>) -> Result<T, Failure> + Send + 'static,
    {
        match tokio::time::timeout(self.limit, self.wait_for(read)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(unavailable(format!(
                "a read got no answer within {:?}; look at the disk, and at what else uses it",
                self.limit
            ))),
        }
    }

    async fn wait_for<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Statements<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| stopped())?;
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |sql| {
            if !reply.is_closed() {
                // Who dropped the answer's future does not want it.
                let _unwanted = reply.send(read(sql).map_err(|failure| failure.told()));
            }
            drop(room);
        });
        let sent = self.tasks.as_ref().map(|tasks| tasks.send(task));
        if !matches!(sent, Some(Ok(()))) {
            return Err(stopped());
        }
        answer.await.map_err(|_| stopped())?
    }
}

impl Readers {
    /// Lets them finish what they read, and closes their connections.
    pub(crate) fn stop(&mut self) {
        self.tasks = None;
        for thread in self.threads.drain(..) {
            // It contains panics itself.
            let _ended = thread.join();
        }
    }
}

fn serve(mut connection: Connection, waiting: &Mutex<Receiver<Task>>, limit: Duration) {
    let (begun, ends) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
    let end = Arc::clone(&ends);
    let is_over = move || micros(begun.elapsed()) >= end.load(Ordering::Relaxed);
    if let Err(error) = connection.progress_handler(STEPS, Some(is_over)) {
        tracing::error!(%error, "Reads have no limit");
    }
    let connection = &connection;
    let mut statements = Statements::new(connection);
    loop {
        let task = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        // Nobody waits any more for what takes longer.
        ends.store(micros(begun.elapsed() + limit), Ordering::Relaxed);
        if catch_unwind(AssertUnwindSafe(|| task(&mut statements))).is_err() {
            tracing::error!("A read panicked");
        }
        // A read that failed half-way must not keep its view of the file, nor the log from being
        // cut.
        if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
            tracing::error!("A read can't be ended");
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn stopped() -> StoreError {
    unavailable("the store is closed, or its reader stopped; open it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(200);

    fn readers(count: usize) -> Readers {
        let open = || Connection::open_in_memory().unwrap();
        Readers::start((0..count).map(|_| open()).collect(), LIMIT).unwrap()
    }

    async fn one(readers: &Readers) -> Result<i64, StoreError> {
        readers.read(|sql| Ok(sql.connection().query_row("SELECT 1", [], |row| row.get(0))?)).await
    }

    #[tokio::test]
    async fn a_statement_without_end_is_ended() {
        let readers = readers(1);
        let endless = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) \
                       SELECT count(*) FROM c";
        let read = readers.read(move |sql| {
            Ok(sql.connection().query_row(endless, [], |row| row.get::<_, i64>(0))?)
        });
        let error = read.await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        // The one thread is free again.
        let again = async { while one(&readers).await.is_err() {} };
        tokio::time::timeout(50 * LIMIT, again).await.unwrap();
    }

    #[tokio::test]
    async fn nobody_waits_for_threads_that_are_stuck() {
        let readers = readers(1);
        let (free, stuck) = channel::<()>();
        let held = readers.read(move |_| {
            let _freed = stuck.recv();
            Ok(())
        });
        assert!(held.await.unwrap_err().to_string().contains("look at the disk"));
        assert!(one(&readers).await.is_err(), "who comes later does not wait either");
        drop(free);
    }
}
