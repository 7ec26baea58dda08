//! The API dies while it accepts, and nothing else runs: what was promised is there, whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use rand::RngExt as _;
use serde_json::json;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::history::{Fate, History, Order, Request};
use crate::world::stage::{World, job_of, stored};

pub(crate) const ACCEPTS: Attack = Attack {
    name: "accepts",
    proves: "I1, I4: the API dies while it accepts: each promise is there, with its job",
    alone: false,
    run: |plan| -> Running { Box::pin(attack(plan)) },
};

/// So many callers that the API always has answers and commits under way.
const CALLERS: usize = 64;

async fn attack(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let kills = plan.pick(4, 100);
    let world = World::new(&plan.folder, &[], &[]).await?;
    let mut history = History::default();
    for round in 0..kills {
        let api = world.start_api().await?;
        let calm = Duration::from_millis(dice.random_range(100..300));
        let (over, next) = (AtomicBool::new(false), AtomicUsize::new(0));
        let callers = (0..CALLERS).map(|_| call(&world, round, &next, &over));
        let killing = async {
            tokio::time::sleep(calm).await;
            let hit = api.kill().await;
            over.store(true, Ordering::SeqCst);
            hit
        };
        let (requests, hit) = tokio::join!(join_all(callers), killing);
        report.counts.kills += u64::from(hit?);
        history.requests.extend(requests.into_iter().flatten());
    }
    let is_open = |request: &&Request| request.ids().is_empty();
    let cut_off = history.requests.iter().filter(is_open).count() as u64;
    let api = world.start_api().await?;
    ask_again(&world, &mut history).await?;
    check(&world, &history, &mut report).await?;
    api.end().await?;
    report.must_happen("kills of the API", report.counts.kills, kills);
    report.must_happen("requests that were cut off", cut_off, kills);
    report.must_happen("promises", report.counts.acked, 10 * kills);
    Ok(report)
}

/// One caller: new requests, each sent once, until the API is dead.
async fn call(
    world: &Arc<World>,
    round: u64,
    next: &AtomicUsize,
    over: &AtomicBool,
) -> Vec<Request> {
    let mut requests = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let key = format!("accepts-{round}-{number}");
        let mut request = Request::new(key, Order::Rehearsal(json!({})));
        let fate = world.api.try_send(&request.key, &request.order).await;
        let is_dead = !matches!(fate, Fate::Accepted { .. });
        request.fates.push(fate);
        requests.push(request);
        if is_dead {
            break;
        }
    }
    requests
}

/// Whoever got no answer sends the same again.
async fn ask_again(world: &Arc<World>, history: &mut History) -> Result<(), Error> {
    let mut open = Vec::new();
    for request in &mut history.requests {
        if request.ids().is_empty() {
            open.push(async {
                let id = world.api.send(&request.key, &request.order).await?;
                request.fates.push(Fate::Accepted { id, replayed: true });
                Ok::<(), Error>(())
            });
        }
    }
    try_join_all(open).await.map(|_| ())
}

async fn check(world: &World, history: &History, report: &mut Report) -> Result<(), Error> {
    let store = world.store().await?;
    for (request, id) in history.accepted() {
        report.counts.acked += 1;
        let key = &request.key;
        if stored(&store, id).await?.is_none() {
            report.counts.lost += 1;
            report.finding(format!("{key}: promised, and not there"));
        } else if job_of(&store, id).await?.is_none_or(|job| !job.state.is_waiting()) {
            report.counts.lost += 1;
            report.finding(format!("{key}: nothing carries it out"));
        }
    }
    Ok(())
}
