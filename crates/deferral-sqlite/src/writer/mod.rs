//! The one thread of this process that writes.
//!
//! It takes all that callers left in the [`Queue`], does it in one transaction, and answers when
//! that is durable: refusals and replays too, since they may rest on what a neighbor wrote in the
//! same transaction. While one batch is on its way to the disk the next one gathers.

mod batch;
mod checkpoint;
mod settle;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use uuid::Uuid;

use crate::boot::BootLock;
use crate::connection;
use crate::error::Failure;
use crate::hints::Hints;
use crate::options::Options;
use crate::queue::Queue;
use crate::request::{End, Request};
use crate::statements::Statements;
use crate::transaction::Transaction;
use crate::turn::Turn;
use crate::wake::{Bells, Rings};
use crate::worker_locks::WorkerLocks;

use batch::Batch;

pub(crate) use checkpoint::Log;

/// What the writing thread works with.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) options: Options,
    pub(crate) queue: Arc<Queue>,
    pub(crate) bells: Arc<Bells>,
    pub(crate) hints: Arc<Hints>,
    pub(crate) locks: Arc<WorkerLocks>,
    pub(crate) turn: Turn,
    pub(crate) boot: BootLock,
    /// Which writer this is, in the database.
    pub(crate) id: Uuid,
    pub(crate) log: Log,
}

/// Why a connection is not used any more.
enum Stop {
    /// Nobody will ask for anything again.
    Finished,
    /// It may not be as it seems: a new one will tell.
    Reopen(Option<Lost>),
}

/// A batch whose commit was not answered.
struct Lost {
    requests: Vec<Request>,
    number: i64,
    rings: Rings,
    failure: Failure,
}

impl Writer {
    /// Writes until the store is closed.
    pub(crate) fn run(mut self, mut first: Connection) {
        if let Err(error) = self.log.watch(&mut first) {
            tracing::error!(%error, "The length of the log can't be followed");
        }
        let queue = Arc::clone(&self.queue);
        let _told = ToldWhenGone(&queue);
        let mut connection = Some(first);
        while let Some(open) = connection.take() {
            let served = catch_unwind(AssertUnwindSafe(|| self.serve(&open)));
            drop(open);
            match served {
                Ok(Stop::Finished) => break,
                Ok(Stop::Reopen(lost)) => connection = self.reopen(lost),
                Err(_panic) => {
                    tracing::error!("The writer panicked; it goes on with a new connection");
                    connection = self.reopen(None);
                }
            }
        }
        self.boot.close();
    }

    fn serve(&self, connection: &Connection) -> Stop {
        let mut transaction =
            Transaction::new(Statements::new(connection), Arc::clone(&self.locks));
        let mut requests = Vec::new();
        while self.queue.wait() {
            let begun = self.begin(&mut transaction);
            self.queue.take(&mut requests);
            if let Err(failure) = begun {
                let broken = !failure.is_busy();
                answer(&mut requests, &End::NotWritten(failure));
                if broken {
                    return Stop::Reopen(None);
                }
                continue;
            }
            let mut batch = Batch { transaction: &mut transaction, requests: &mut requests };
            let end = match batch.write(self.id) {
                Ok(()) => End::Written,
                Err(batch::Unwritten::Certainly(failure)) => End::NotWritten(failure),
                Err(batch::Unwritten::Perhaps(number, failure)) => {
                    let rings = transaction.rings;
                    return Stop::Reopen(Some(Lost { requests, number, rings, failure }));
                }
            };
            if matches!(end, End::Written) {
                self.tell(transaction.rings);
            }
            answer(&mut requests, &end);
            if transaction.is_open() {
                return Stop::Reopen(None);
            }
            self.log.cut_if_long(connection);
        }
        Stop::Finished
    }

    /// Takes the write lock of the file, in turn with other processes.
    fn begin(&self, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
        let turn = self.turn.take();
        transaction.begin()?;
        drop(turn);
        transaction.now = self.options.clock.now();
        Ok(())
    }

    /// Wakes those who wait, here and in other processes.
    fn tell(&self, rings: Rings) {
        self.bells.ring(rings);
        self.hints.send(rings);
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let mut connection = connection::writer(&self.path, &self.options)?;
        self.log.watch(&mut connection)?;
        Ok(connection)
    }

    /// A new connection, as soon as one can be had. None when nobody asks for it any more.
    fn reopen(&self, mut lost: Option<Lost>) -> Option<Connection> {
        loop {
            match self.connect() {
                Ok(connection) => {
                    if let Some(lost) = lost.take() {
                        self.settle(&connection, lost);
                    }
                    return Some(connection);
                }
                Err(error) => {
                    tracing::error!(%error, "The database can't be opened again");
                    if let Some(mut lost) = lost.take() {
                        answer(&mut lost.requests, &End::Unknown(lost.failure));
                    }
                    match self.refuse_one_batch(Failure::Sql(error)) {
                        Stop::Finished => return None,
                        Stop::Reopen(_) => {}
                    }
                }
            }
        }
    }

    /// Waits for the next requests, and tells them that nothing can be written now.
    fn refuse_one_batch(&self, failure: Failure) -> Stop {
        if !self.queue.wait() {
            return Stop::Finished;
        }
        let mut requests = Vec::new();
        self.queue.take(&mut requests);
        answer(&mut requests, &End::NotWritten(failure));
        Stop::Reopen(None)
    }
}

/// Tells everybody who waits how the batch ended.
fn answer(requests: &mut Vec<Request>, end: &End) {
    for request in requests.drain(..) {
        request.answer(end);
    }
}

/// Whatever ends the thread, nobody waits for it any more.
struct ToldWhenGone<'q>(&'q Queue);

impl Drop for ToldWhenGone<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
