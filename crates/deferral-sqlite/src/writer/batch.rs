//! One batch: many requests, one transaction, one flush to the disk.

use uuid::Uuid;

use crate::error::Failure;
use crate::request::Request;
use crate::transaction::Transaction;
use crate::write::PlainFinish;

/// Requests that share a transaction, which has begun.
pub(super) struct Batch<'b, 'c> {
    pub(super) transaction: &'b mut Transaction<'c>,
    pub(super) requests: &'b mut Vec<Request>,
}

/// Why a batch was not written.
pub(super) enum Unwritten {
    /// Nothing of it is.
    Certainly(Failure),
    /// The commit of this number failed, and what of it is on the disk is not known.
    Perhaps(i64, Failure),
}

/// Why the requests can't go on as they are.
enum Trouble {
    /// The transaction is lost, or will be.
    All(Failure),
    /// One of them failed after something of it was written, or it isn't known which.
    One,
}

impl Batch<'_, '_> {
    /// Does all requests and commits.
    pub(super) fn write(&mut self, writer: Uuid) -> Result<(), Unwritten> {
        let sealed = self.run().and_then(|()| Ok(self.transaction.seal(writer)?));
        let number = sealed.map_err(|failure| self.give_up(failure))?;
        self.transaction.commit().map_err(|error| match number {
            Some(number) => Unwritten::Perhaps(number, Failure::Sql(error)),
            None => self.give_up(Failure::Sql(error)),
        })
    }

    /// Does all requests: as a rule without savepoints, since each checks before it writes.
    fn run(&mut self) -> Result<(), Failure> {
        match self.run_bare() {
            Ok(()) => Ok(()),
            Err(Trouble::All(failure)) => Err(failure),
            Err(Trouble::One) => {
                self.transaction.roll_back()?;
                self.transaction.begin()?;
                self.transaction.outlive_step()?;
                self.run_apart()
            }
        }
    }

    /// In their order, except that plain finishes which follow each other are done together.
    fn run_bare(&mut self) -> Result<(), Trouble> {
        let mut place = 0;
        while place < self.requests.len() {
            let together = self.plain_finishes(place);
            if together.len() < PlainFinish::FEWEST {
                self.run_one(place)?;
                place += 1;
            } else {
                self.finish(place, &together)?;
                place += together.len();
            }
        }
        Ok(())
    }

    fn run_one(&mut self, place: usize) -> Result<(), Trouble> {
        let request = &mut self.requests[place];
        if !request.is_wanted() {
            return Ok(());
        }
        let before = self.transaction.written();
        let Err(failure) = request.run(self.transaction) else { return Ok(()) };
        if failure.ends_transaction() || !self.transaction.is_open() {
            return Err(Trouble::All(failure));
        }
        if self.transaction.written() != before {
            return Err(Trouble::One);
        }
        request.fail(failure);
        Ok(())
    }

    /// The plain finishes from this place on, as many as are done together. One whose caller is
    /// gone is left to be skipped, and one of the same job to be refused.
    fn plain_finishes(&self, place: usize) -> Vec<PlainFinish> {
        let mut found: Vec<PlainFinish> = Vec::new();
        for request in self.requests[place..].iter().take(PlainFinish::MOST) {
            match request.plain_finish().filter(|_| request.is_wanted()) {
                Some(finish)
                    if self.transaction.is_plain(finish)
                        && found.iter().all(|earlier| earlier.job != finish.job) =>
                {
                    found.push(finish.clone());
                }
                _ => break,
            }
        }
        found
    }

    fn finish(&mut self, place: usize, finishes: &[PlainFinish]) -> Result<(), Trouble> {
        match self.transaction.finish_jobs(finishes) {
            Ok(true) => {}
            Ok(false) => return Err(Trouble::One),
            Err(failure) if failure.ends_transaction() || !self.transaction.is_open() => {
                return Err(Trouble::All(failure));
            }
            Err(_) => return Err(Trouble::One),
        }
        let now = self.transaction.now;
        for request in &mut self.requests[place..place + finishes.len()] {
            request.finished(now);
        }
        Ok(())
    }

    /// Each in a savepoint, so that one which fails takes nobody along.
    fn run_apart(&mut self) -> Result<(), Failure> {
        for request in self.requests.iter_mut().filter(|request| request.is_wanted()) {
            let mark = self.transaction.mark()?;
            let Err(failure) = request.run(self.transaction) else {
                self.transaction.release()?;
                continue;
            };
            if failure.ends_transaction() || !self.transaction.is_open() {
                return Err(failure);
            }
            self.transaction.rewind(mark)?;
            request.fail(failure);
        }
        Ok(())
    }

    fn give_up(&self, failure: Failure) -> Unwritten {
        if let Err(error) = self.transaction.roll_back() {
            tracing::error!(%error, "A transaction can't be rolled back");
        }
        Unwritten::Certainly(failure)
    }
}
