//! After a commit that failed: was it written?

use std::sync::Arc;

use rusqlite::Connection;
use uuid::Uuid;

use super::Writer;
use super::thread::{Lost, answer};
use crate::request::End;
use crate::statements::Statements;
use crate::transaction::Transaction;

impl Writer {
    /// Looks for the lost batch through a new connection, and tells its callers.
    pub(super) fn settle(&self, connection: &Connection, lost: Lost) {
        let Lost { requests, number, rings, failure } = lost;
        if failure.is_full() {
            self.log.cut(connection);
        }
        let mut transaction =
            Transaction::new(Statements::new(connection), Arc::clone(&self.locks));
        let flushed = transaction.flush(self.options.synchronous);
        let end = match flushed.and_then(|()| transaction.was_written(number, self.id)) {
            Ok(Some(true)) => End::Written,
            Ok(Some(false)) => End::NotWritten(failure),
            Ok(None) => End::Unknown(failure),
            // That there was no room is found out when a page is written; without the last one,
            // which ends the transaction, the others are nothing.
            Err(_) if failure.is_full() => End::NotWritten(failure),
            Err(error) => {
                tracing::error!(%error, "Whether a batch was written can't be found out");
                End::Unknown(failure)
            }
        };
        if transaction.is_open() && transaction.roll_back().is_err() {
            tracing::error!("A transaction can't be rolled back");
        }
        match &end {
            End::Written => self.tell(rings),
            End::NotWritten(failure) | End::Unknown(failure) => {
                tracing::error!(?failure, "The commit of a batch of {} failed", requests.len());
            }
        }
        answer(requests, &end);
    }
}

impl Transaction<'_> {
    /// Whether the batch of this number and writer was written, if that can be known.
    ///
    /// That it can't be seen is no proof: its pages may stand in the log behind the end that the
    /// living know, to be found by the next who recovers it after a crash. A commit that follows
    /// overwrites them; only then it is certain.
    pub(super) fn was_written(
        &mut self,
        number: i64,
        writer: Uuid,
    ) -> rusqlite::Result<Option<bool>> {
        self.begin()?;
        let last = self.last();
        if last.number == number && last.writer == writer {
            self.roll_back()?;
            return Ok(Some(true));
        }
        // Numbers are given one after the other: another's of the same number replaced ours.
        if last.number > number {
            self.roll_back()?;
            return Ok(None);
        }
        self.note(last.next(), writer)?;
        self.commit()?;
        Ok(Some(false))
    }
}
