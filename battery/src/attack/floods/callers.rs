//! Callers who behave: a few, far too many, and a few among all the others.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::error::Error;
use crate::world::answer::{Answer, fate_without_answer};
use crate::world::history::{Fate, History, Order, Request};
use crate::world::stage::World;

/// So many requests of an open loop are under way at most: a computer has only so many ports.
pub(super) const AT_ONCE: u64 = 800;
/// So many callers send one post after the other.
const FEW: u64 = 8;

/// What came of an open loop.
#[derive(Debug, Default)]
pub(super) struct Flooded {
    pub(super) sent: u64,
    pub(super) per_second: f64,
    pub(super) wrong: Vec<String>,
}

/// What polite callers saw.
#[derive(Debug, Default)]
pub(super) struct Polite {
    pub(super) served: u64,
    pub(super) slowest: Duration,
}

fn request(key: String) -> Request {
    Request::new(key, Order::Rehearsal(json!({"items": 1, "seconds": 0})))
}

/// Sends once; what was told that should not be.
async fn send(world: &World, request: &mut Request) -> Option<String> {
    let sending = world.api.sending(&request.key, &request.order);
    let (fate, wrong) = match Answer::to(sending.timeout(Duration::from_secs(60))).await {
        // Both say of themselves that nothing was recorded.
        Ok(answer) if matches!(answer.code(), "Overloaded" | "QuotaExceeded") => {
            let told = answer.headers.contains_key("retry-after");
            let wrong = (!told).then(|| format!("{} without Retry-After", answer.status));
            (Fate::Refused { why: format!("{} {}", answer.status, answer.code()) }, wrong)
        }
        Ok(answer) => {
            let wrong =
                (answer.status != 202).then(|| format!("{} {}", answer.status, answer.code()));
            (answer.fate(), wrong)
        }
        Err(error) => (fate_without_answer(&error), None),
    };
    request.fates.push(fate);
    wrong
}

/// A few callers, one post after the other: how many a second are accepted.
pub(super) async fn closed(
    world: &Arc<World>,
    time: Duration,
    history: &mut History,
) -> Result<f64, Error> {
    let begun = Instant::now();
    let mut calling = JoinSet::new();
    for caller in 0..FEW {
        let world = Arc::clone(world);
        calling.spawn(async move {
            let mut sent = Vec::new();
            while begun.elapsed() < time {
                let mut request = request(format!("floods-few-{caller}-{}", sent.len()));
                send(&world, &mut request).await;
                sent.push(request);
            }
            sent
        });
    }
    let sent: Vec<Request> = calling.join_all().await.into_iter().flatten().collect();
    let accepted = sent.iter().filter(|request| !request.ids().is_empty()).count();
    history.requests.extend(sent);
    Ok(accepted as f64 / begun.elapsed().as_secs_f64())
}

/// Posts come at this rate, however fast others are answered.
pub(super) async fn open(
    world: &Arc<World>,
    per_second: f64,
    time: Duration,
    history: &mut History,
) -> Result<Flooded, Error> {
    let permits = Arc::new(Semaphore::new(usize::try_from(AT_ONCE).unwrap_or(usize::MAX)));
    let mut flooded = Flooded::default();
    let mut calling = JoinSet::new();
    let begun = Instant::now();
    let mut ticks = interval(Duration::from_millis(10));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut due = 0.0;
    while begun.elapsed() < time {
        ticks.tick().await;
        due += per_second * 0.01;
        while due >= 1.0 {
            due -= 1.0;
            // One that finds no port was to come too.
            flooded.sent += 1;
            let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else { continue };
            let (world, number) = (Arc::clone(world), flooded.sent);
            calling.spawn(async move {
                let _permit = permit;
                let mut request = request(format!("floods-many-{number}"));
                let wrong = send(&world, &mut request).await;
                (request, wrong)
            });
        }
    }
    let mut accepted = 0;
    for (request, wrong) in calling.join_all().await {
        accepted += u64::from(!request.ids().is_empty());
        history.requests.push(request);
        flooded.wrong.extend(wrong);
    }
    flooded.per_second = accepted as f64 / begun.elapsed().as_secs_f64();
    Ok(flooded)
}

/// One post and one look after the other, for so many seconds.
pub(super) async fn polite(
    world: &World,
    seconds: u64,
    history: &mut History,
) -> Result<Polite, Error> {
    let mut polite = Polite::default();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        let asked = Instant::now();
        let mut request = request(format!("floods-polite-{}", polite.served));
        send(world, &mut request).await;
        if let Some(id) = request.ids().first() {
            world.api.operation(id).await?;
            polite.served += 1;
        }
        polite.slowest = polite.slowest.max(asked.elapsed());
        history.requests.push(request);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(polite)
}
