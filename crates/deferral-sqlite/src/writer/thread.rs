//! The thread: it waits, writes a batch, and tells; and gets a new connection when one is in doubt.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use deferral_core::Seen;
use rusqlite::Connection;
use uuid::Uuid;

use crate::boot::BootLock;
use crate::connection;
use crate::error::Failure;
use crate::hints::Hints;
use crate::options::{Options, Synchronous};
use crate::queue::Queue;
use crate::request::{End, Request};
use crate::statements::Statements;
use crate::transaction::Transaction;
use crate::turn::Turn;
use crate::wake::{Bells, Rings};
use crate::worker_locks::WorkerLocks;

use super::Log;
use super::batch::{Batch, Unwritten};

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
    /// What the clock showed at the last transaction.
    pub(crate) seen: Cell<Option<Seen>>,
}

/// Why a connection is not used any more.
enum Stop {
    /// Nobody will ask for anything again.
    Finished,
    /// It may not be as it seems: a new one will tell.
    Reopen(Option<Lost>),
}

/// A batch whose commit was not answered.
pub(super) struct Lost {
    pub(super) requests: Vec<Request>,
    pub(super) number: i64,
    pub(super) rings: Rings,
    pub(super) failure: Failure,
}

impl Writer {
    /// Writes until the store is closed.
    pub(crate) fn run(mut self, mut first: Connection) {
        if let Err(error) = self.log.watch(&mut first, self.options.patience) {
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

    /// Writes batch after batch on one connection.
    fn serve(&self, connection: &Connection) -> Stop {
        let mut transaction =
            Transaction::new(Statements::new(connection), Arc::clone(&self.locks));
        while self.queue.wait() {
            let mut requests = Vec::new();
            let end = match self.write_batch(&mut transaction, &mut requests) {
                Ok(()) => {
                    transaction.step = None;
                    End::Written
                }
                Err(Unwritten::Certainly(failure)) => End::NotWritten(failure),
                Err(Unwritten::Perhaps(number, failure)) => {
                    let rings = transaction.rings;
                    return Stop::Reopen(Some(Lost { requests, number, rings, failure }));
                }
            };
            if matches!(end, End::Written) {
                self.tell(transaction.rings);
            }
            answer(requests, &end);
            match end {
                _ if transaction.is_open() => return Stop::Reopen(None),
                End::NotWritten(failure) if failure.is_full() => self.log.cut(connection),
                End::NotWritten(failure) if failure.is_broken() => return Stop::Reopen(None),
                _ => self.log.cut_if_long(connection),
            }
        }
        Stop::Finished
    }

    /// Takes what waits, and writes it in one transaction.
    fn write_batch(
        &self,
        transaction: &mut Transaction<'_>,
        requests: &mut Vec<Request>,
    ) -> Result<(), Unwritten> {
        let with_commits = self.queue.has_commits();
        let begun = self.begin(transaction, with_commits);
        if with_commits {
            self.queue.take(requests);
        } else {
            self.queue.take_upkeep(requests);
        }
        begun.map_err(Unwritten::Certainly)?;
        Batch { transaction, requests }.write(self.id)
    }

    /// Takes the write lock of the file, in turn with other processes. Claims and heartbeats alone
    /// are not flushed: the log keeps its order, so whatever rests on them flushes them too.
    fn begin(&self, transaction: &mut Transaction<'_>, flush: bool) -> Result<(), Failure> {
        let how = if flush { self.options.synchronous } else { Synchronous::Normal };
        transaction.flush(how)?;
        let turn = self.turn.take();
        transaction.begin()?;
        drop(turn);
        self.look_at_clock(transaction)?;
        Ok(())
    }

    /// The time of the transaction; and whether the clock was set since the last one.
    fn look_at_clock(&self, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
        let seen = Seen::of(&*self.options.clock);
        let step = self.seen.replace(Some(seen)).and_then(|earlier| seen.step_since(earlier));
        if let Some(step) = step {
            tracing::warn!(now = %seen.now, expected = %step.lived_after,
                "The clock was set forward; whoever lives keeps a whole lease");
        }
        transaction.now = seen.now;
        // One that could not be written with its own transaction is written with the next.
        transaction.step = step.or(transaction.step);
        transaction.outlive_step()?;
        Ok(())
    }

    /// Wakes those who wait, here and in other processes.
    pub(super) fn tell(&self, rings: Rings) {
        self.bells.ring(rings);
        self.hints.send(rings);
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let mut connection = connection::writer(&self.path, &self.options)?;
        self.log.watch(&mut connection, self.options.patience)?;
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
                    if let Some(Lost { requests, failure, .. }) = lost.take() {
                        answer(requests, &End::Unknown(failure));
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
        answer(requests, &End::NotWritten(failure));
        Stop::Reopen(None)
    }
}

/// Tells everybody who waits how the batch ended.
pub(super) fn answer(requests: Vec<Request>, end: &End) {
    for request in requests {
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
