//! Jobs that kill or block their worker: parked within their budget, and nobody else is blamed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::json;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::service::pill::Pill;
use crate::world::history::{History, Order, Request};
use crate::world::process::Process;
use crate::world::stage::{World, job_of, stored};

pub(crate) const PILLS: Attack = Attack {
    name: "pills",
    proves: "R18: jobs that kill their worker are parked within the budget, bystanders finish",
    alone: false,
    run: |plan| -> Running { Box::pin(poison(plan)) },
};

/// Those that end their process, or make it end, and one that only panics.
const DEADLY: [Pill; 6] =
    [Pill::Panic, Pill::Abort, Pill::Exit, Pill::Overflow, Pill::Allocate, Pill::Spin];
/// So many others run beside them.
const BYSTANDERS: usize = 8;
/// Crashes of its own that park a job.
const BUDGET: u32 = 3;
/// What a worker may take: address space, and no dump of it.
const LIMITS: [&str; 3] = ["prlimit", "--as=1500000000", "--core=0"];

async fn poison(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let rounds = plan.pick(1, 20);
    let world = World::new(&plan.folder, &[], &["worker.poll=100ms"]).await?;
    let api = world.start_api().await?;
    let over = AtomicBool::new(false);
    let swallowing = async {
        let swallowed = swallow(&world, rounds).await;
        over.store(true, Ordering::SeqCst);
        swallowed
    };
    let (swallowed, supervised) = tokio::join!(swallowing, supervise(&world, &over));
    let ((mut history, pills), (worker, deaths)) = (swallowed?, supervised?);
    let mut parked = 0;
    for request in &pills {
        parked += check_pill(&world, request, &mut report).await?;
    }
    let deadly = (DEADLY.len() - 1) * rounds;
    report.must_happen("deaths of a worker", deaths, deadly as u64 * u64::from(BUDGET));
    report.must_happen("pills that are parked", parked, pills.len() as u64);
    check_bystanders(&world, &history, &mut report).await?;
    history.requests.extend(pills);
    world.check(&history, &mut report).await?;
    worker.end().await?;
    api.end().await?;
    Ok(report)
}

/// Bystanders and one pill of each kind at a time: those, and these.
async fn swallow(world: &World, rounds: usize) -> Result<(History, Vec<Request>), Error> {
    let (mut bystanders, mut pills) = (History::default(), Vec::new());
    for round in 0..rounds {
        let bystander = |number: usize| {
            let script = json!({"items": 5, "seconds": 0.5});
            (format!("bystander-{round}-{number}"), Order::Rehearsal(script))
        };
        let beside = world.api.send_all((0..BYSTANDERS).map(bystander)).await?;
        let pill = |(number, pill): (usize, &Pill)| {
            let order = Order::Other("/battery/pills".to_owned(), json!(pill));
            (format!("pill-{round}-{number}"), order)
        };
        let sent = world.api.send_all(DEADLY.iter().enumerate().map(pill)).await?;
        let ids = beside.iter().chain(&sent).flat_map(Request::ids);
        try_join_all(ids.map(|id| world.api.until_over(id))).await?;
        bystanders.requests.extend(beside);
        pills.extend(sent);
    }
    Ok((bystanders, pills))
}

/// Starts the worker again whenever it has ended, until it is over; how often it died.
async fn supervise(world: &Arc<World>, over: &AtomicBool) -> Result<(Process, u64), Error> {
    let launch = world.role("worker", "worker").wrapped(&LIMITS);
    let mut worker = launch.start(world.folder())?;
    let mut deaths = 0;
    while !over.load(Ordering::SeqCst) {
        if !worker.is_alive() {
            deaths += 1;
            worker = launch.start(world.folder())?;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok((worker, deaths))
}

/// It waits for a person, with as many crashes as the budget has.
async fn check_pill(world: &World, request: &Request, report: &mut Report) -> Result<u64, Error> {
    let (store, mut all) = (world.store().await?, 0);
    for id in request.ids() {
        let job = job_of(&store, id).await?;
        let parked = stored(&store, id).await?.is_some_and(|it| it.attention.is_some());
        all += u64::from(parked);
        if !job.as_ref().is_some_and(|job| parked && job.crashes == BUDGET) {
            report.finding(format!("{}: parked: {parked}, {job:?}", request.key));
        }
    }
    Ok(all)
}

/// None of those whose job only stood beside a pill is blamed.
pub(super) async fn check_bystanders(
    world: &World,
    history: &History,
    report: &mut Report,
) -> Result<(), Error> {
    let store = world.store().await?;
    for (request, id) in history.accepted() {
        if let Some(attention) = stored(&store, id).await?.and_then(|it| it.attention) {
            report.counts.lost += 1;
            report.finding(format!("{}: blamed: {}", request.key, attention.reason));
        }
    }
    Ok(())
}
