//! How an attempt ends, and what is known about a call: errors by who acts on them.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Gate, NewJob};

/// How an attempt of a handler ended well.
#[derive(Debug)]
pub enum Outcome<T> {
    /// The job is done. The operation it carries out succeeds with this value.
    Complete(T),
    /// The job is done, and this one carries the operation on. Both are written together.
    Then(NewJob),
    /// The job is done, and the operation waits until somebody confirms.
    Confirm(Box<Gate>),
    /// Run this job again after the time. Spends no attempt and holds no slot.
    Snooze(Duration),
    /// The work was stopped as asked, or by the kind's own rule; the job given undoes what was
    /// done so far.
    Cancel {
        /// Why, as the operation's error shows it.
        reason: Rejection,
        /// Undoes what was done, in the background.
        undo: Option<NewJob>,
    },
}

impl<T> From<T> for Outcome<T> {
    fn from(value: T) -> Self {
        Self::Complete(value)
    }
}

/// Why an attempt of a handler did not end well. `?` on any error means "try again later".
#[derive(Debug)]
pub enum HandlerError {
    /// Try again after a back-off, while attempts are left.
    Retry(Cause),
    /// The far end is busy and said when to come back. Spends no attempt.
    Throttled(Duration),
    /// The next attempt would end the same way: the operation fails with this.
    Failed(Rejection),
    /// Whether an effect happened is being found out; look again after the time. Spends no
    /// attempt, holds no slot.
    Verifying {
        /// The effect's name.
        effect: String,
        /// When to look again, by the store's clock.
        after: Duration,
    },
    /// Only a person can say what happened or what to do.
    Park {
        /// For that person.
        reason: String,
    },
    /// The code is wrong: a panic, an input that can't be read. Counts against the crash budget.
    Bug(Cause),
}

impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::Retry(Cause::new(error))
    }
}

/// What is known after a call to the outside that did not end well.
///
/// Classed by what the far end
/// may have done, not by the type of the error; it is no `std::error::Error`, so that `?` can't
/// blur the class.
#[derive(Debug)]
pub enum CallError {
    /// Certainly nothing was sent: try again freely.
    NotSent(Cause),
    /// The far end understood and refused: final, a business result.
    Rejected(Rejection),
    /// The far end did nothing and said when to come back.
    Throttled(Duration),
    /// It may have happened or not: ask before ever repeating it.
    Unknown(Cause),
}

/// A refusal with a stable code, for the API caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// In `PascalCase`, stable, part of the API.
    pub code: String,
    /// One sentence for people.
    pub message: String,
}

impl Rejection {
    /// A refusal of this code and message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// The error behind a retry or an unknown outcome, kept whole until it is logged.
#[derive(Debug)]
pub struct Cause(Box<dyn Error + Send + Sync>);

impl Cause {
    /// Keeps the error with its sources.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// The error itself.
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl fmt::Display for Cause {
    /// The error and all its sources, outermost first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl From<&str> for Cause {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for Cause {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}
