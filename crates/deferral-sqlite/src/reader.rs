//! Threads that read, beside the one that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use deferral_core::StoreError;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::error::{Failure, unavailable};
use crate::statements::Statements;

/// So many reads may wait or run; who comes later waits for room.
const ROOM: usize = 256;

type Task = Box<dyn FnOnce(&mut Statements<'_>) + Send>;

/// The threads that read.
pub(crate) struct Readers {
    tasks: Option<Sender<Task>>,
    room: Arc<Semaphore>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One thread for each of these connections.
    pub(crate) fn start(connections: Vec<Connection>) -> std::io::Result<Self> {
        let (tasks, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = Vec::with_capacity(connections.len());
        for connection in connections {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("deferral-read".to_owned());
            threads.push(thread.spawn(move || serve(&connection, &waiting))?);
        }
        Ok(Self { tasks: Some(tasks), room: Arc::new(Semaphore::new(ROOM)), threads })
    }

    /// Reads, on one of the threads.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
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

fn serve(connection: &Connection, waiting: &Mutex<Receiver<Task>>) {
    let mut statements = Statements::new(connection);
    loop {
        let task = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
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

fn stopped() -> StoreError {
    unavailable("the store is closed, or its reader stopped; open it again")
}
