//! Two releases beside each other, rolled forward and back under load: what a worker does not
//! know, it leaves alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deferral::core::{Ending, JobId, JobQuery, Kind, Store as _, Token};
use deferral::sqlite::SqliteStore;
use serde_json::json;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::service::release::RELEASE;
use crate::world::batch::Batch;
use crate::world::driver::{Load, drive};
use crate::world::history::{History, Order, Request, Wish};
use crate::world::process::Process;
use crate::world::stage::{World, stored};

pub(crate) const SKEW: Attack = Attack {
    name: "skew",
    proves: "R13: two releases roll forward and back: nobody takes what it does not know",
    alone: false,
    run: |plan| -> Running { Box::pin(roll(plan)) },
};

/// Kind and version that the older release does not know.
const UNKNOWN: [(&str, u32); 2] = [("battery.versioned", 2), ("battery.newer", 1)];

/// In turn: what only the newer release knows, and what both do.
fn order(number: usize) -> Request {
    let key = format!("skew-{number}");
    let other = |path: &str, body| Order::Other(format!("/battery/{path}"), body);
    let order = match number % 4 {
        0 => other("versioned", json!({"number": number, "factor": 3})),
        1 => other("newer", json!({"number": number})),
        2 => Order::Rehearsal(json!({"items": 4, "seconds": 0.2})),
        _ => Order::Payments(Batch::immediate(&key, 3, 1), Wish::Through),
    };
    Request::new(key, order)
}

async fn roll(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let world = World::new(&plan.folder, &[], &[]).await?;
    let api = world.start_api().await?;
    let load = Load { per_second: 20.0, in_flight: 60, least: 40, impatient: None };
    let over = AtomicBool::new(false);
    let rolls = plan.pick(3, 50);
    let rolling = async {
        let rolled = roll_workers(&world, rolls, &mut report).await;
        over.store(true, Ordering::SeqCst);
        rolled
    };
    let (history, workers) = tokio::join!(drive(&world, load, &over, order), rolling);
    let (history, workers) = (history?, workers?);
    world.check(&history, &mut report).await?;
    check_results(&world, &history, &mut report).await?;
    report.counts.payments = history.payments();
    for worker in workers {
        worker.end().await?;
    }
    api.end().await?;
    Ok(report)
}

fn start(world: &World, number: usize, release: &str) -> Result<Process, Error> {
    let launch = world.role("worker", &format!("worker-{number}")).env(RELEASE, release);
    launch.start(world.folder())
}

/// Both older, one newer, both newer, and back; in between what the older ones leave is looked at.
async fn roll_workers(
    world: &Arc<World>,
    rolls: u64,
    report: &mut Report,
) -> Result<[Process; 2], Error> {
    let mut workers = [start(world, 0, "older")?, start(world, 1, "older")?];
    let mut left_alone = 0;
    for number in 0..rolls {
        left_alone += look(world, number, report).await?;
        for release in ["newer", "older"] {
            for (at, worker) in workers.iter_mut().enumerate() {
                let next = start(world, at, release)?;
                std::mem::replace(worker, next).end().await?;
                passes(world, &format!("{number}-{release}-{at}")).await?;
            }
        }
    }
    report.must_happen("jobs that an older worker left alone", left_alone, rolls);
    for (at, worker) in workers.iter_mut().enumerate() {
        let next = start(world, at, "newer")?;
        std::mem::replace(worker, next).end().await?;
    }
    Ok(workers)
}

/// Something that all know is carried out.
async fn passes(world: &World, name: &str) -> Result<(), Error> {
    let order = Order::Rehearsal(json!({}));
    let id = world.api.send(&format!("passing-{name}"), &order).await?;
    world.api.until_over(&id).await.map(|_| ())
}

/// How a job stands: in which state, and how often it was claimed, tried and crashed.
type Stand = (&'static str, Token, u32, u32);

/// With older workers alone: what they don't know stays as it was, as if nobody had seen it, and
/// others pass it. A newer worker that was stopped may have given a job back before.
async fn look(world: &World, number: u64, report: &mut Report) -> Result<u64, Error> {
    let key = |name: &str| format!("look-{number}-{name}");
    let store = world.store().await?;
    let before = unknown(&store).await?;
    let newer = Order::Other("/battery/newer".to_owned(), json!({"number": 1}));
    let versioned = json!({"number": 1, "factor": 1});
    let versioned = Order::Other("/battery/versioned".to_owned(), versioned);
    world.api.send(&key("newer"), &newer).await?;
    world.api.send(&key("versioned"), &versioned).await?;
    passes(world, &key("passing")).await?;
    let mut alone = 0;
    for (id, stands) in unknown(&store).await? {
        let stood = before.get(&id).copied().unwrap_or(("available", Token(0), 0, 0));
        alone += u64::from(stands == stood);
        if stands != stood {
            report.counts.stale_accepted += 1;
            report.finding(format!("an older worker touched {id}: {stood:?}, now {stands:?}"));
        }
    }
    Ok(alone)
}

/// The jobs that only the newer release can run, as they stand.
async fn unknown(store: &SqliteStore) -> Result<BTreeMap<JobId, Stand>, Error> {
    let mut found = BTreeMap::new();
    for (kind, version) in UNKNOWN {
        for state in ["available", "running", "parked", "failed"] {
            let query = JobQuery {
                kind: Kind::new(kind).ok(),
                state: Some(state),
                limit: 1_000,
                ..JobQuery::default()
            };
            for job in store.jobs(&query).await?.page.items {
                if job.version == version {
                    let stands = (job.state.as_str(), job.token, job.attempts, job.crashes);
                    found.insert(job.id, stands);
                }
            }
        }
    }
    Ok(found)
}

/// What only the newer release knows was done by it, and right.
async fn check_results(world: &World, history: &History, report: &mut Report) -> Result<(), Error> {
    let store = world.store().await?;
    for (request, id) in history.accepted() {
        let Order::Other(_, body) = &request.order else { continue };
        let number = body["number"].as_u64().unwrap_or_default();
        let expected =
            json!({"by": "newer", "number": number * body["factor"].as_u64().unwrap_or(1)});
        let ending = stored(&store, id).await?.and_then(|operation| operation.ending);
        if !matches!(&ending, Some(Ending::Succeeded { result }) if *result == expected) {
            report.counts.lost += 1;
            report.finding(format!("{}: {ending:?}, not {expected}", request.key));
        }
    }
    Ok(())
}
