//! What a job and its operation become after an attempt.

use std::time::Duration;

use serde_json::Value;

use super::{CrashBudget, JobSet, NextState, NotAllowed, OperationChange, crash};
use crate::commit::AttemptCommit;
use crate::{
    Attention, Change, Gate, HandlerError, JobId, NewJob, Operation, OperationError, Outcome,
    Policy, Rejection, Status, StoredJob, Timestamp,
};

/// The shortest wait until the next attempt: whatever a far end or a handler says, a store is not
/// asked for the same job in a hot loop.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// An attempt that ended: all that decides what comes next.
#[derive(Debug)]
pub struct AttemptEnd<'a> {
    /// The job as claimed.
    pub job: &'a StoredJob,
    /// What its kind asks for.
    pub policy: &'a Policy,
    /// How many crashes are too many.
    pub budget: CrashBudget,
    /// Whether the outcome of an effect is unknown: then nothing may be called failed.
    pub open_effects: bool,
    /// From 0 to 1, for jitter.
    pub dice: f64,
    /// The time by the store's clock.
    pub now: Timestamp,
}

/// What a job and its operation become.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The job.
    pub job: JobSet,
    changes: Vec<Change>,
    new_jobs: Vec<NewJob>,
    carried_by: Option<JobId>,
}

impl Verdict {
    fn new(job: &StoredJob, state: NextState) -> Self {
        let mut set = JobSet::of(job, state);
        // An attempt that ended, however it ended, did not take its worker down.
        set.suspect = false;
        Self { job: set, changes: Vec::new(), new_jobs: Vec::new(), carried_by: Some(job.id) }
    }

    fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    fn because(mut self, error: String) -> Self {
        self.job.last_error = Some(error);
        self
    }

    fn ends_operation(mut self) -> Self {
        self.carried_by = None;
        self
    }

    /// Lets this happen to the operation first.
    #[must_use]
    pub fn preceded_by(mut self, change: Change) -> Self {
        self.changes.insert(0, change);
        self
    }

    /// Whether the job is finished with it.
    pub const fn finishes(&self) -> bool {
        matches!(self.job.state, NextState::Completed | NextState::Failed | NextState::Canceled)
    }

    /// Writes the verdict. The operation is the one that this job carries out, if any.
    pub fn write(
        self,
        mut commit: AttemptCommit,
        operation: Option<&Operation>,
        now: Timestamp,
    ) -> Result<AttemptCommit, NotAllowed> {
        commit = commit.set(self.job);
        for job in self.new_jobs {
            commit = commit.enqueue(job);
        }
        let Some(operation) = operation else { return Ok(commit) };
        let mut change = OperationChange::of(operation.clone());
        for step in self.changes {
            if !is_idle(change.operation(), &step) {
                change.record(step, now)?;
            }
        }
        change.carried_by(self.carried_by);
        let moved = operation.job != self.carried_by;
        if change.is_empty() && !moved { Ok(commit) } else { Ok(commit.change(change)) }
    }
}

/// Whether the change would tell nothing new.
fn is_idle(operation: &Operation, change: &Change) -> bool {
    match change {
        Change::Staged { stage } => operation.stage == *stage,
        Change::Verifying(verifying) => operation.verifying == *verifying,
        Change::Attention(None) => operation.attention.is_none(),
        _ => false,
    }
}

/// What follows from how an attempt ended. `operation` is the one that the job carries out, if it
/// does; a job that only works beside one gets none.
pub fn after_attempt(
    end: &AttemptEnd<'_>,
    result: &Result<Outcome<Value>, HandlerError>,
    operation: Option<&Operation>,
) -> Verdict {
    match result {
        Ok(outcome) => end.after_outcome(outcome, operation),
        Err(error) => {
            let verdict = end.after_error(error);
            if verdict.job.state == NextState::Failed && end.works_beside(operation) {
                return end.parked(format!(
                    "it works beside an operation that has gone on, and failed: {}",
                    verdict.job.last_error.unwrap_or_default()
                ));
            }
            verdict
        }
    }
}

/// What follows when a worker stops before its attempt ended: nothing is held against the job.
pub fn after_release(job: &StoredJob) -> Verdict {
    let mut verdict = Verdict::new(job, NextState::Available);
    verdict.job.suspect = job.suspect;
    verdict
}

/// What follows when how an attempt ended can't be written: a defect that a person must look at.
pub fn after_contradiction(job: &StoredJob, reason: String) -> JobSet {
    let mut set = JobSet::of(job, NextState::Parked(reason.clone()));
    set.last_error = Some(reason);
    set
}

/// The note that an attempt runs alone in its worker, so that a crash would be its own.
pub fn running_alone(job: &StoredJob) -> JobSet {
    JobSet::of(job, NextState::Alone)
}

impl AttemptEnd<'_> {
    fn verdict(&self, state: NextState) -> Verdict {
        Verdict::new(self.job, state)
    }

    fn after_outcome(&self, outcome: &Outcome<Value>, operation: Option<&Operation>) -> Verdict {
        let canceling = operation.is_some_and(|operation| operation.status == Status::Canceling);
        match outcome {
            Outcome::Snooze(delay) => self.again(*delay),
            _ if self.open_effects => self.parked(
                "its handler ended although whether all it sent took effect is unknown; say what \
                 happened with `operations resolve`"
                    .to_owned(),
            ),
            Outcome::Complete(result) => self
                .verdict(NextState::Completed)
                .change(Change::Succeeded { result: result.clone() })
                .ends_operation(),
            Outcome::Then(next) => self.then(next),
            Outcome::Confirm(gate) if canceling => {
                self.canceled(canceling, &super::action::canceled_by_caller(), gate.undo.clone())
            }
            Outcome::Confirm(gate) => self.confirm(gate),
            Outcome::Cancel { reason, undo } => self.canceled(canceling, reason, undo.clone()),
        }
    }

    fn then(&self, next: &NewJob) -> Verdict {
        let mut verdict = self
            .verdict(NextState::Completed)
            .change(Change::Verifying(false))
            .change(Change::Staged { stage: next.stage.clone() });
        let next = NewJob { operation: self.job.operation, ..next.clone() };
        verdict.carried_by = Some(next.id);
        verdict.new_jobs.push(next);
        verdict
    }

    fn confirm(&self, gate: &Gate) -> Verdict {
        self.verdict(NextState::Completed)
            .change(Change::Verifying(false))
            .change(Change::Held(Box::new(gate.clone().opened(self.now))))
            .ends_operation()
    }

    fn canceled(&self, canceling: bool, reason: &Rejection, undo: Option<NewJob>) -> Verdict {
        let mut verdict = self.verdict(NextState::Canceled).ends_operation();
        if !canceling {
            verdict = verdict.change(Change::CancelRequested);
        }
        let operation = self.job.operation;
        verdict.new_jobs.extend(undo.map(|undo| NewJob { operation, ..undo }));
        verdict.change(Change::Canceled { error: reason.clone() })
    }

    /// Whether the job works for an operation without carrying it out: an undo, which nobody
    /// would miss if it failed in silence.
    fn works_beside(&self, operation: Option<&Operation>) -> bool {
        self.job.operation.is_some() && operation.is_none()
    }

    fn after_error(&self, error: &HandlerError) -> Verdict {
        match error {
            HandlerError::Retry(cause) => self.retry(cause.to_string()),
            HandlerError::Throttled(delay) => self.later(*delay, None),
            HandlerError::Failed(rejection) => self.failed(rejection.clone()),
            HandlerError::Verifying { after, .. } => {
                let wait = NextState::Scheduled((*after).max(SHORTEST_WAIT));
                self.verdict(wait).change(Change::Verifying(true))
            }
            HandlerError::Park { reason } => self.parked(reason.clone()),
            HandlerError::Bug(cause) => self.bug(cause.to_string()),
        }
    }

    fn retry(&self, error: String) -> Verdict {
        let failures = self.job.attempts.saturating_add(1);
        let mut verdict = if failures >= self.policy.max_attempts {
            let message = format!("It was tried {failures} times and did not succeed.");
            self.failed(OperationError::new("AttemptsExhausted", message))
        } else {
            self.later(self.policy.retry.delay(failures, self.dice), Some(failures))
        };
        verdict.job.attempts = failures;
        verdict.because(error)
    }

    /// Again after `delay`, unless the deadline comes first.
    fn later(&self, delay: Duration, attempts: Option<u32>) -> Verdict {
        let late = |deadline| self.now.after(delay).since(self.job.created_at) >= deadline;
        if self.policy.deadline.is_some_and(late) {
            return self.failed(OperationError::new(
                "DeadlineExceeded",
                "It could not be done within the time allowed for it.",
            ));
        }
        let mut verdict = self.again(delay);
        verdict.job.attempts = attempts.unwrap_or(self.job.attempts);
        verdict
    }

    /// Again after `delay`; what is shown as being found out is what is not known.
    fn again(&self, delay: Duration) -> Verdict {
        let wait = NextState::Scheduled(delay.max(SHORTEST_WAIT));
        self.verdict(wait).change(Change::Verifying(self.open_effects))
    }

    fn failed(&self, error: OperationError) -> Verdict {
        if self.open_effects {
            // Never guess failure: what was sent may have happened.
            return self.parked(format!(
                "it can't go on ({error}), but whether all it sent took effect is unknown; say \
                 what happened with `operations resolve`"
            ));
        }
        let text = error.to_string();
        let verdict = self.verdict(NextState::Failed).ends_operation();
        verdict.change(Change::Failed { error }).because(text)
    }

    fn parked(&self, reason: String) -> Verdict {
        let attention = Attention { reason: reason.clone(), since: self.now };
        let verdict = self.verdict(NextState::Parked(reason.clone()));
        verdict.change(Change::Attention(Some(attention))).because(reason)
    }

    fn bug(&self, error: String) -> Verdict {
        let (crashes, since) = crash::count(self.job, self.budget, self.now);
        let mut verdict = if crashes >= self.budget.limit {
            self.parked(format!("it crashed {crashes} times, last: {error}"))
        } else {
            self.verdict(NextState::Scheduled(self.policy.retry.delay(crashes, self.dice)))
        };
        verdict.job.crashes = crashes;
        verdict.job.crashed_since = Some(since);
        verdict.because(error)
    }
}
