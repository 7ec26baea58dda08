//! The only place that chooses a next state. Stores compare and set what is chosen here.

mod action;
mod attempt;
mod crash;
mod damage;
mod operation;
mod resolve;

pub use action::{ActionRefused, Decided, cancel, confirm, delete, expire, reject};
pub use attempt::{
    AttemptEnd, Verdict, after_attempt, after_contradiction, after_release, running_alone,
};
pub use crash::{CrashBudget, after_crash};
pub use damage::after_set_aside;
pub use operation::{NotAllowed, OperationChange, accepted, status_after};
pub use resolve::{Happened, Resolution, ResolveRefused, resolve, resolve_damaged};

use std::time::Duration;

use crate::{StoredJob, Timestamp};

/// What a job becomes. Everything but the state is as it shall stand, whatever it was.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSet {
    /// The next state.
    pub state: NextState,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Crashes that count.
    pub crashes: u32,
    /// Since when they are counted.
    pub crashed_since: Option<Timestamp>,
    /// Whether it runs one at a time.
    pub suspect: bool,
    /// Whether it is to be canceled.
    pub cancel_requested: bool,
    /// Why the last attempt did not end well.
    pub last_error: Option<String>,
}

/// A job's next state; times are relative to the commit, by the store's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextState {
    /// As it is.
    Same,
    /// Still running, and now known to run alone in its worker.
    Alone,
    /// May be claimed at once.
    Available,
    /// May be claimed after this time.
    Scheduled(Duration),
    /// Done.
    Completed,
    /// Given up.
    Failed,
    /// Stopped as asked.
    Canceled,
    /// Waits for a person, who needs to know this.
    Parked(String),
}

impl JobSet {
    /// The job as it is, in another state.
    fn of(job: &StoredJob, state: NextState) -> Self {
        Self {
            state,
            attempts: job.attempts,
            crashes: job.crashes,
            crashed_since: job.crashed_since,
            suspect: job.suspect,
            cancel_requested: job.cancel_requested,
            last_error: job.last_error.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
