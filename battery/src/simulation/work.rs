//! What is done in a world: payments in one or two steps, their undoing, rest, and pills.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deferral::core::QueueName;
use deferral::prelude::{
    Cause, Context, Gate, HandlerError, Job, JsonSchema, Outcome, Policy, Progress, Rejection,
    RetryPolicy,
};
use deferral::worker::{Registry, RegistryError};
use serde::{Deserialize, Serialize};

use super::bank::{self, LANDING, Line, Manner, Order, Receipt, TIMEOUT};
use super::process::Process;
use super::supervisor::limit;
use super::world::World;

/// The queue with a limit of its own.
pub(crate) const NARROW: &str = "narrow";

/// What the handlers of one process work with.
pub(crate) struct Desk {
    world: Arc<World>,
    process: Arc<Process>,
    resting: AtomicUsize,
}

/// Pays lines, one after the other.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Pay {
    pub(crate) lines: Vec<Line>,
    pub(crate) manner: Manner,
    /// What was held for it, to be undone should it be canceled.
    pub(crate) held: Option<Line>,
}

/// Holds money, and waits for a confirmation to pay.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Check {
    pub(crate) pay: Pay,
    pub(crate) hold: Line,
    /// How long the confirmation may take.
    pub(crate) open_millis: Option<u64>,
}

/// Undoes what was booked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Undo {
    pub(crate) lines: Vec<Line>,
    pub(crate) manner: Manner,
}

/// Takes its time, in a narrow queue, and fails some times first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Rest {
    pub(crate) millis: u64,
    pub(crate) failures: u32,
}

/// Never ends well.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Pill {
    /// Takes its process down.
    Kills,
    /// Panics.
    Panics,
}

/// What a payment came to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Paid {
    pub(crate) paid: usize,
    pub(crate) refused: usize,
}

fn policy() -> Policy {
    let (base, cap) = (Duration::from_millis(100), Duration::from_secs(1));
    Policy {
        retry: RetryPolicy { base, cap },
        max_attempts: 5,
        timeout: Duration::from_secs(20),
        ..Policy::default()
    }
}

macro_rules! job {
    ($job:ty, $kind:literal, $output:ty, $policy:expr) => {
        impl Job for $job {
            const KIND: &'static str = $kind;
            type Output = $output;

            fn policy() -> Policy {
                $policy
            }
        }
    };
}

job!(Pay, "pay", Paid, policy());
job!(Check, "check", Paid, policy());
job!(Undo, "undo", Paid, policy());
job!(Rest, "rest", (), Policy { queue: narrow(), ..policy() });
job!(Pill, "pill", (), policy());

pub(crate) fn narrow() -> QueueName {
    QueueName::new(NARROW).unwrap_or_default()
}

/// All handlers, as one process has them.
pub(crate) fn registry(
    world: &Arc<World>,
    process: &Arc<Process>,
) -> Result<Registry, RegistryError> {
    let (world, process) = (Arc::clone(world), Arc::clone(process));
    let desk = Arc::new(Desk { world, process, resting: AtomicUsize::new(0) });
    let mut registry = Registry::default();
    registry.register(pay, Arc::clone(&desk))?;
    registry.register(check, Arc::clone(&desk))?;
    registry.register(undo, Arc::clone(&desk))?;
    registry.register(rest, Arc::clone(&desk))?;
    registry.register(pill, desk)?;
    Ok(registry)
}

impl Desk {
    /// Has a line booked, once.
    async fn book(
        &self,
        cx: &Context<Self>,
        name: &str,
        line: &Line,
        manner: Manner,
    ) -> Result<Result<Receipt, Rejection>, HandlerError> {
        let call = |key| {
            let order = Order { line: line.clone(), key, manner };
            bank::send(Arc::clone(&self.world), Arc::clone(&self.process), order)
        };
        let effect = cx.effect(&format!("{name}-{}", line.reference));
        let mut effect = effect.timeout(TIMEOUT).settle(TIMEOUT + LANDING);
        if manner.deduplicates {
            effect = effect.deduplicates_for(Duration::from_secs(7 * 24 * 3600));
        }
        if !manner.can_be_asked {
            return effect.call(call).or_rejected().await;
        }
        let ask = |key| {
            let reference = line.reference.clone();
            bank::ask(Arc::clone(&self.world), Arc::clone(&self.process), reference, key)
        };
        effect.call(call).probe(ask).or_rejected().await
    }

    async fn dawdle(&self) {
        if self.world.dice.chance(200) {
            tokio::time::sleep(self.world.dice.millis(1, 1500)).await;
        }
    }
}

/// A payment that has begun must not fail half-way: it tries for as long as it takes.
fn patiently(error: HandlerError) -> HandlerError {
    match error {
        HandlerError::Retry(_) => HandlerError::Throttled(Duration::from_millis(300)),
        error => error,
    }
}

async fn pay(job: Pay, cx: Context<Desk>) -> Result<Outcome<Paid>, HandlerError> {
    let desk = cx.shared_state();
    let alone = job.lines.len() == 1 && job.held.is_none();
    let mut came_to = Paid { paid: 0, refused: 0 };
    for (line, done) in job.lines.iter().zip(0..) {
        if cx.is_canceled() {
            return canceled(&cx, job.lines.into_iter().chain(job.held).collect(), job.manner);
        }
        match desk.book(&cx, "pay", line, job.manner).await {
            Ok(Ok(_)) => came_to.paid += 1,
            Ok(Err(rejection)) if alone => return Err(HandlerError::Failed(rejection)),
            Ok(Err(_)) => came_to.refused += 1,
            Err(error) if alone => return Err(error),
            Err(error) => return Err(patiently(error)),
        }
        let total = u64::try_from(job.lines.len()).ok();
        cx.progress(Progress { completed: done + 1, total, ..Progress::default() }).await?;
        desk.dawdle().await;
    }
    Ok(Outcome::Complete(came_to))
}

async fn check(job: Check, cx: Context<Desk>) -> Result<Outcome<Paid>, HandlerError> {
    let desk = cx.shared_state();
    if cx.is_canceled() {
        return canceled(&cx, vec![job.hold], job.pay.manner);
    }
    let booked = desk.book(&cx, "hold", &job.hold, job.pay.manner).await;
    if let Err(rejection) = booked.map_err(patiently)? {
        return Err(HandlerError::Failed(rejection));
    }
    desk.dawdle().await;
    let undo = Undo { lines: vec![job.hold.clone()], manner: job.pay.manner };
    let next = cx.job(&Pay { held: Some(job.hold), ..job.pay })?.stage("paying");
    let mut gate = Gate::new("Pay?", next).undo(cx.job(&undo)?);
    if let Some(millis) = job.open_millis {
        let now = desk.world.now();
        gate = gate.expires_at(now.after(Duration::from_millis(millis)));
    }
    Ok(Outcome::Confirm(Box::new(gate)))
}

fn canceled(
    cx: &Context<Desk>,
    lines: Vec<Line>,
    manner: Manner,
) -> Result<Outcome<Paid>, HandlerError> {
    let undo = (!lines.is_empty()).then(|| cx.job(&Undo { lines, manner })).transpose()?;
    // All of them: an earlier attempt may have booked what this one did not come to.
    let reason = Rejection::new("Stopped", "It was stopped as asked.");
    Ok(Outcome::Cancel { reason, undo })
}

async fn undo(job: Undo, cx: Context<Desk>) -> Result<Paid, HandlerError> {
    let desk = cx.shared_state();
    // Whether it was booked is certain by now: an operation is not canceled while it is unknown.
    let booked = |line: &&Line| desk.world.bank.booked(&line.reference).times > 0;
    for line in job.lines.iter().filter(booked) {
        let back = Line { reference: undone(&line.reference), cents: -line.cents, refused: false };
        desk.book(&cx, "undo", &back, job.manner).await.map_err(patiently)?.map_err(
            |rejection| HandlerError::Park { reason: format!("can't be undone: {rejection}") },
        )?;
    }
    Ok(Paid { paid: job.lines.len(), refused: 0 })
}

/// Under which reference a line is undone.
pub(crate) fn undone(reference: &str) -> String {
    format!("undo-{reference}")
}

struct Resting<'a>(&'a AtomicUsize);

impl Drop for Resting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn rest(job: Rest, cx: Context<Desk>) -> Result<(), HandlerError> {
    let desk = cx.shared_state();
    let others = desk.resting.fetch_add(1, Ordering::SeqCst);
    let _resting = Resting(&desk.resting);
    if others >= limit(Some(&narrow())) {
        desk.world.breaks(format!("{others} others of a narrow queue run in one process"));
    }
    tokio::time::sleep(Duration::from_millis(job.millis)).await;
    if cx.attempt() <= job.failures {
        return Err(HandlerError::Retry(Cause::from("not yet")));
    }
    Ok(())
}

async fn pill(job: Pill, cx: Context<Desk>) -> Result<(), HandlerError> {
    match job {
        Pill::Kills => {
            cx.state().process.die();
            std::future::pending().await
        }
        // Without the hook: nobody wants to read it a million times.
        Pill::Panics => std::panic::resume_unwind(Box::new("a pill")),
    }
}
