//! Readers of event streams that hang up and come back, while API processes die: each sees every
//! event once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::fleet::Fleet;
use crate::world::history::{Fate, History, Order, Request};
use crate::world::stage::{World, stored};
use crate::world::stream::{Read, Seen};

pub(crate) const STREAMS: Attack = Attack {
    name: "streams",
    proves: "R31: readers of events see each one once, whoever hangs up, also as the API dies",
    alone: false,
    run,
};

/// How long a reader goes on at most.
const PATIENCE: Duration = Duration::from_secs(200);

fn run(plan: Plan) -> Running {
    Box::pin(follow(plan))
}

async fn follow(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let (rounds, operations, readers, kills) = plan.pick((1, 6, 4, 5), (20, 20, 8, 20));
    let world = World::new(&plan.folder, &[], &["jobs.crash_budget=1000"]).await?;
    let mut fleet = Fleet::start(&world, 1).await?;
    let mut history = History::default();
    let (mut resumed, mut cut, mut events) = (0, 0, 0);
    for round in 0..rounds {
        let requests = start(&world, round, operations, &mut dice).await?;
        let over = Arc::new(AtomicBool::new(false));
        let mut reading = JoinSet::new();
        for (_, id) in requests.accepted() {
            for _ in 0..readers {
                let dice = StdRng::seed_from_u64(dice.random());
                reading.spawn(read(Arc::clone(&world), id.to_owned(), dice));
            }
        }
        let all = async {
            let seen = reading.join_all().await;
            over.store(true, Ordering::SeqCst);
            seen
        };
        let raging = kill_apis(&mut fleet, kills, &mut dice, &over);
        let (seen, killed) = tokio::join!(all, raging);
        report.counts.kills += killed?;
        for (id, seen) in seen {
            judge(&world, &id, &seen, &mut report).await?;
            resumed += seen.resumed;
            cut += seen.cut;
            events += seen.events;
        }
        history.extend(requests);
    }
    world.check(&history, &mut report).await?;
    fleet.end().await?;
    let least = rounds * readers * operations as u64;
    report.must_happen(
        "kills of an API that was read from",
        report.counts.kills,
        rounds * kills / 2,
    );
    report.must_happen("readers that came back and had missed something", resumed, least);
    report.must_happen("streams that were cut before their end", cut, rounds);
    report.must_happen("events", events, least * 10);
    Ok(report)
}

/// Rehearsals that tell of many things: each item has an event of its own.
async fn start(
    world: &World,
    round: u64,
    operations: usize,
    dice: &mut StdRng,
) -> Result<History, Error> {
    let mut history = History::default();
    for number in 0..operations {
        let items = dice.random_range(40..100);
        let fail: Vec<u64> = (0..items).filter(|_| dice.random_bool(0.8)).collect();
        let seconds = dice.random_range(3.0..7.0);
        let script = json!({"items": items, "seconds": seconds, "failItems": fail});
        let (key, order) = (format!("streams-{round}-{number}"), Order::Rehearsal(script));
        let id = world.api.send(&key, &order).await?;
        let mut request = Request::new(key, order);
        request.fates.push(Fate::Accepted { id, replayed: false });
        history.requests.push(request);
    }
    Ok(history)
}

/// One reader: patient now, hasty then.
async fn read(world: Arc<World>, id: String, mut dice: StdRng) -> (String, Seen) {
    let mut seen = Seen::default();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let hasty = dice.random_bool(0.7);
        let millis = if hasty { dice.random_range(5..600) } else { 10_000 };
        if seen.read_on(&world, &id, Duration::from_millis(millis)).await == Read::Over {
            break;
        }
        if dice.random_bool(0.3) {
            sleep(Duration::from_millis(dice.random_range(0..300))).await;
        }
    }
    (id, seen)
}

async fn kill_apis(
    fleet: &mut Fleet,
    kills: u64,
    dice: &mut StdRng,
    over: &AtomicBool,
) -> Result<u64, Error> {
    let mut killed = 0;
    while killed < kills && !over.load(Ordering::SeqCst) {
        sleep(Duration::from_millis(dice.random_range(200..900))).await;
        killed += u64::from(fleet.kill_api().await?);
    }
    Ok(killed)
}

/// Without gap and repeat, to the last one that the store has.
async fn judge(world: &World, id: &str, seen: &Seen, report: &mut Report) -> Result<(), Error> {
    for wrong in &seen.wrong {
        report.counts.regressions += 1;
        report.finding(format!("a reader of {id}: {wrong}"));
    }
    let store = world.store().await?;
    let version = stored(&store, id).await?.map(|operation| operation.version);
    if seen.last != version || !seen.ended {
        report.counts.lost += 1;
        report.finding(format!("a reader of {id} saw {:?} of {version:?}", seen.last));
    }
    Ok(())
}
