//! One attempt, as named steps.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use deferral_core::canary::{self, Canary};
use deferral_core::transition::{
    AttemptEnd, CrashBudget, after_attempt, after_contradiction, after_release,
};
use deferral_core::{
    Cause, Change, Claimed, HandlerError, Operation, Outcome, Policy, Store, StoredJob,
};
use futures_util::FutureExt;
use serde_json::Value;
use tracing::Instrument;

use crate::attempt::{Attempt, WriteError};
use crate::dice::Dice;
use crate::fence::{Fence, FenceFell};
use crate::flag::Flag;
use crate::known_effects::Watched;
use crate::registry::{Registered, Registry};
use crate::slots::Slot;

/// How long after an attempt timed out in the middle of a call the call is asked about.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

type Ended = Result<Outcome<Value>, HandlerError>;

/// How a handler's run stopped.
#[expect(clippy::large_enum_variant, reason = "one lives at a time, on the stack of its attempt")]
enum Stopped {
    /// By itself, by its timeout or by a panic.
    Ended(Ended),
    /// By the end of the grace period.
    Released,
    /// By the loss of the lease: nothing may be written.
    Lost,
}

/// Runs attempts of claimed jobs and writes down how they ended.
pub(crate) struct Executor {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Registry,
    pub(crate) budget: CrashBudget,
    pub(crate) watched: Arc<Watched>,
    pub(crate) dice: Dice,
    /// Raised once the grace period is over.
    pub(crate) release: Arc<Flag>,
}

impl Executor {
    /// The attempt of a claimed job.
    pub(crate) fn begin(&self, claimed: Claimed, fence: Fence) -> Arc<Attempt> {
        let (watched, dice) = (self.watched.clone(), self.dice.clone());
        Arc::new(Attempt::new(self.store.clone(), claimed, fence, watched, dice))
    }

    /// How long an attempt of this job may take.
    pub(crate) fn time_of(&self, job: &StoredJob) -> Duration {
        self.registry.find(job).map_or(Policy::default().timeout, |it| it.policy.timeout)
    }

    /// Runs one attempt, and writes down how it ended.
    pub(crate) async fn execute(&self, attempt: Arc<Attempt>, slot: Option<Slot>) {
        let span = span(&attempt);
        self.attempt(attempt, slot).instrument(span).await;
    }

    async fn attempt(&self, attempt: Arc<Attempt>, mut slot: Option<Slot>) {
        let Some(registered) = self.registry.find(attempt.job()).cloned() else {
            tracing::error!("Was given a job of a kind that is not registered here");
            if canary::is(Canary::CompleteUnknownKind) {
                return self.pretend(&attempt).await;
            }
            return attempt.give_back(after_release(attempt.job()).job).await;
        };
        let written = match self.run(&attempt, &registered).await {
            Stopped::Ended(result) => {
                if let Some(slot) = &mut slot {
                    slot.end();
                }
                self.finish(&attempt, &registered.policy, &result).await
            }
            Stopped::Released => self.release(&attempt).await,
            Stopped::Lost => Err(WriteError::Lost),
        };
        match written {
            Ok(()) => {}
            Err(WriteError::Lost) => {
                tracing::warn!("Stopped, since the lease may be over; gives the job back");
                attempt.give_back(after_release(attempt.job()).job).await;
            }
            Err(error) => {
                tracing::error!(%error, "Its end can't be written; parked for a person");
                let reason = format!("its end could not be written: {error}");
                attempt.give_back(after_contradiction(attempt.job(), reason)).await;
            }
        }
    }

    /// What a canary does with a job that can't be run: it is begun and completed all the same.
    async fn pretend(&self, attempt: &Attempt) {
        let done = Ok(Outcome::Complete(Value::Null));
        let _begun = start(attempt).await;
        let _written = self.finish(attempt, &Policy::default(), &done).await;
    }

    async fn run(&self, attempt: &Arc<Attempt>, registered: &Registered) -> Stopped {
        match start(attempt).await {
            Ok(()) => {}
            Err(_) => return Stopped::Lost,
        }
        let policy = &registered.policy;
        let handling = AssertUnwindSafe(async { registered.run(attempt.clone()).await });
        let handling = tokio::time::timeout(policy.timeout, handling.catch_unwind());
        // Behind the fence, which is so asked before each poll without a timer of its own: a
        // handler that never waits needs none.
        let handling = attempt.fence.guard(Box::pin(handling));
        tokio::select! {
            biased;
            ended = handling => match ended {
                Ok(ended) => Stopped::Ended(contain(attempt, ended, policy.timeout)),
                Err(FenceFell) => Stopped::Lost,
            },
            () = attempt.fence.closed() => Stopped::Lost,
            () = self.release.raised() => Stopped::Released,
        }
    }

    async fn finish(
        &self,
        attempt: &Attempt,
        policy: &Policy,
        result: &Ended,
    ) -> Result<(), WriteError> {
        log_end(result);
        let progress = attempt.take_progress();
        let follow_ups = attempt.take_follow_ups();
        let dice = self.dice.fraction();
        attempt
            .write(|mut commit, operation| {
                let now = attempt.now();
                let end = AttemptEnd {
                    job: attempt.job(),
                    policy,
                    budget: self.budget,
                    open_effects: attempt.effects.any_open(now),
                    dice,
                    now,
                };
                let mut verdict = after_attempt(&end, result, operation);
                if let Some(progress) = progress.clone() {
                    verdict = verdict.preceded_by(Change::Progressed(progress));
                }
                for effect in attempt.effects.loose_ends(now) {
                    commit = commit.effect(effect);
                }
                if verdict.finishes() {
                    for job in &follow_ups {
                        commit = commit.enqueue(job.clone());
                    }
                }
                verdict.write(commit, operation, now)
            })
            .await
    }

    async fn release(&self, attempt: &Attempt) -> Result<(), WriteError> {
        attempt
            .write(|mut commit, _| {
                for effect in attempt.effects.loose_ends(attempt.now()) {
                    commit = commit.effect(effect);
                }
                after_release(attempt.job()).write(commit, None, attempt.now())
            })
            .await
    }
}

/// Tells that the operation's first attempt began.
async fn start(attempt: &Attempt) -> Result<(), WriteError> {
    let not_started = |operation: &Operation| operation.started_at.is_none();
    if !attempt.operation().as_ref().is_some_and(not_started) {
        return Ok(());
    }
    match attempt.change(Change::Started).await {
        Ok(()) => Ok(()),
        // Finished meanwhile by somebody else: what the handler does decides.
        Err(WriteError::NotAllowed(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

type Panic = Box<dyn std::any::Any + Send>;
type Handled = Result<Result<Ended, Panic>, tokio::time::error::Elapsed>;

/// A timeout is a failure of the attempt, or leaves the outcome of a call unknown; a panic is a
/// bug. None of them takes the worker down.
fn contain(attempt: &Attempt, handled: Handled, timeout: Duration) -> Ended {
    match handled {
        Ok(Ok(ended)) => ended,
        Ok(Err(panic)) => Err(HandlerError::Bug(Cause::from(panic_text(&*panic)))),
        Err(_elapsed) if attempt.effects.any_open(attempt.now()) => Err(HandlerError::Verifying {
            effect: "the call that was under way".to_owned(),
            after: LOOK_AGAIN,
        }),
        Err(_elapsed) => {
            Err(HandlerError::Retry(Cause::from(format!("it took longer than {timeout:?}"))))
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.unwrap_or_else(|| "without a message".to_owned()))
}

/// In every line that is logged during an attempt; never the input.
fn span(attempt: &Attempt) -> tracing::Span {
    let job = attempt.job();
    tracing::info_span!("attempt", job.id = %job.id, job.kind = %job.kind,
        attempt = job.attempts.saturating_add(1), token = %attempt.lease().token, tenant = %job.tenant,
        operation.id = job.operation.map(tracing::field::display))
}

fn log_end(result: &Ended) {
    match result {
        // What goes well is no news, and a line costs as much as the job.
        Ok(Outcome::Complete(_)) => tracing::debug!("Completed"),
        Ok(Outcome::Then(next)) => tracing::debug!(next.kind = %next.kind, "Completed, goes on"),
        Ok(Outcome::Confirm(_)) => tracing::debug!("Completed, waits for a confirmation"),
        Ok(Outcome::Snooze(delay)) => tracing::debug!(?delay, "Snoozed"),
        Ok(Outcome::Cancel { reason, .. }) => tracing::info!(code = %reason.code, "Canceled"),
        Err(HandlerError::Retry(cause)) => tracing::warn!(%cause, "Did not succeed"),
        Err(HandlerError::Throttled(delay)) => tracing::info!(?delay, "Throttled"),
        Err(HandlerError::Failed(rejection)) => tracing::info!(code = %rejection.code, "Failed"),
        Err(HandlerError::Verifying { effect, after }) => {
            tracing::info!(%effect, ?after, "Looks again whether an effect happened");
        }
        Err(HandlerError::Park { reason }) => tracing::error!(%reason, "Parked: needs a person"),
        Err(HandlerError::Bug(cause)) => tracing::error!(%cause, "Crashed"),
    }
}
