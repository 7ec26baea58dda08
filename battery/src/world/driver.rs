//! Callers: an open load, each request followed to its end, everything remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::client::is_over;
use super::history::{Fate, History, Order, Request, Wish};
use super::stage::World;
use crate::error::Error;

/// How long a caller sends until it is promised.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long it follows its operation; the checker then says what became of it. While workers die all
/// the time, each before an outcome has settled, that outcome stays unknown, and who gave up before
/// would never confirm.
const FOLLOWED: Duration = Duration::from_secs(1200);
/// Between two looks of a caller.
const LOOK: Duration = Duration::from_millis(100);

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// New orders a second: that they come does not depend on how fast others are done,
    pub(crate) per_second: f64,
    /// but so many at most are under way.
    pub(crate) in_flight: usize,
    /// At least so many are sent, even if the harm is over.
    pub(crate) least: usize,
    /// Every so many'th caller asks once and never again: what was open stays open.
    pub(crate) impatient: Option<usize>,
}

/// Sends the orders that `next` makes (from their numbers), until `over` and at least
/// [`Load::least`]; each is followed until it has ended or waits for a person.
pub(crate) async fn drive(
    world: &Arc<World>,
    load: Load,
    over: &AtomicBool,
    next: impl Fn(usize) -> Request,
) -> Result<History, Error> {
    let under_way = Arc::new(Semaphore::new(load.in_flight));
    let mut callers = JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / load.per_second));
    // An open load does not make up for what it could not send.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut history = History::default();
    let mut number = 0;
    while number < load.least || !over.load(Ordering::SeqCst) {
        ticks.tick().await;
        while let Some(done) = callers.try_join_next() {
            history.requests.push(joined(done)?);
        }
        let Ok(place) = Arc::clone(&under_way).try_acquire_owned() else { continue };
        let (request, world) = (next(number), Arc::clone(world));
        let patient = load.impatient.is_none_or(|every| number % every != every - 1);
        callers.spawn(async move {
            let _place = place;
            Caller { world, request }.see_through(patient).await
        });
        number += 1;
    }
    while let Some(done) = callers.join_next().await {
        history.requests.push(joined(done)?);
    }
    Ok(history)
}

fn joined(done: Result<Result<Request, Error>, tokio::task::JoinError>) -> Result<Request, Error> {
    let why = |error: &dyn std::fmt::Display| Error::Unexpected {
        what: "a caller".to_owned(),
        why: error.to_string(),
    };
    done.map_err(|error| why(&error))?
}

/// One caller, from the order to its end.
struct Caller {
    world: Arc<World>,
    request: Request,
}

impl Caller {
    async fn see_through(mut self, patient: bool) -> Result<Request, Error> {
        let Some(id) = self.send(patient).await else { return Ok(self.request) };
        let verb = match &self.request.order {
            Order::Payments(_, Wish::Confirmed) => Some("confirm"),
            Order::Payments(_, Wish::Rejected) => Some("reject"),
            Order::Payments(_, Wish::Canceled) => Some("cancel"),
            Order::Payments(..) | Order::Rehearsal(_) | Order::Other(..) => None,
        };
        self.follow(&id, verb).await?;
        Ok(self.request)
    }

    /// Sends until it is promised; the operation. The impatient, and those who are told that
    /// their request is wrong, give up.
    async fn send(&mut self, patient: bool) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let fate = self.world.api.try_send(&self.request.key, &self.request.order).await;
            self.request.fates.push(fate.clone());
            match fate {
                Fate::Accepted { id, .. } => return Some(id),
                Fate::Refused { why } if why.starts_with('4') && !why.starts_with("429") => {
                    return None;
                }
                Fate::Refused { .. } | Fate::Open { .. } => {}
            }
            if !patient || Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Looks at it until it is over, and acts once when it asks; notes what goes backwards.
    async fn follow(&mut self, id: &str, mut verb: Option<&str>) -> Result<(), Error> {
        let deadline = Instant::now() + FOLLOWED;
        let (mut version, mut ended) = (0, None);
        while Instant::now() < deadline {
            let answer = self.world.api.operation(id).await?;
            if answer.status != 200 {
                self.request.regressions.push(format!("{} instead of {id}", answer.status));
                return Ok(());
            }
            let now = answer.version().unwrap_or_default();
            if now < version {
                self.request.regressions.push(format!("version {now} after {version}"));
            }
            version = version.max(now);
            let status = answer.body["status"].as_str().unwrap_or_default().to_owned();
            if let Some(before) = &ended {
                if *before != status {
                    self.request.regressions.push(format!("{status} after {before}"));
                }
                return Ok(());
            }
            if answer.body["done"] == true {
                // A second look: the end must still be the end.
                ended = Some(status);
                continue;
            }
            if is_over(&answer.body) {
                return Ok(());
            }
            if status == "AwaitingConfirmation"
                && let Some(verb) = verb.take()
            {
                self.world.api.act(id, verb).await?;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }
}
