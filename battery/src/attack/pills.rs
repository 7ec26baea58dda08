//! Jobs that kill or block their worker: parked within their budget, and nobody else is blamed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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

/// Those that end their process, and one that only panics.
const DEADLY: [Pill; 5] = [Pill::Panic, Pill::Abort, Pill::Exit, Pill::Overflow, Pill::Allocate];
/// Crashes of its own that park a job.
const BUDGET: u32 = 3;
/// What a worker may take: address space, and no dump of it.
const LIMITS: [&str; 3] = ["prlimit", "--as=1500000000", "--core=0"];

async fn poison(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let each = plan.pick(1, 20);
    let world = World::new(&plan.folder, &[], &["worker.poll=100ms"]).await?;
    let api = world.start_api().await?;
    let bystander = |number: usize| {
        let script = json!({"items": 5, "seconds": 0.5});
        (format!("bystander-{number}"), Order::Rehearsal(script))
    };
    let bystanders = world.api.send_all((0..8 * each).map(bystander)).await?;
    let pill = |number: usize| {
        let pill = DEADLY[number % DEADLY.len()];
        (format!("pill-{number}"), Order::Other("/battery/pills".to_owned(), json!(pill)))
    };
    let pills = world.api.send_all((0..DEADLY.len() * each).map(pill)).await?;
    let mut history = History { requests: bystanders };
    let over = AtomicBool::new(false);
    let until_over = async {
        let mut all = Ok(());
        for (_, id) in history.accepted() {
            all = all.and(world.api.until_over(id).await.map(|_| ()));
        }
        for id in pills.iter().flat_map(Request::ids) {
            all = all.and(world.api.until_over(id).await.map(|_| ()));
        }
        over.store(true, Ordering::SeqCst);
        all
    };
    let (ended, supervised) = tokio::join!(until_over, supervise(&world, &over));
    let (worker, deaths) = supervised?;
    ended?;
    for request in &pills {
        check_pill(&world, request, &mut report).await?;
    }
    let parked = report.counts.parked;
    let deadly = (DEADLY.len() as u64 - 1) * each as u64;
    report.must_happen("deaths of a worker", deaths, deadly * u64::from(BUDGET));
    report.must_happen("pills that are parked", parked, pills.len() as u64);
    check_bystanders(&world, &history, &mut report).await?;
    history.requests.extend(pills);
    report.counts.parked = 0;
    world.check(&history, &mut report).await?;
    worker.end().await?;
    api.end().await?;
    Ok(report)
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
async fn check_pill(world: &World, request: &Request, report: &mut Report) -> Result<(), Error> {
    let store = world.store().await?;
    for id in request.ids() {
        let job = job_of(&store, id).await?;
        let parked = stored(&store, id).await?.is_some_and(|it| it.attention.is_some());
        report.counts.parked += u64::from(parked);
        if !job.as_ref().is_some_and(|job| parked && job.crashes == BUDGET) {
            report.finding(format!("{}: parked: {parked}, {job:?}", request.key));
        }
    }
    Ok(())
}

/// None of them is blamed.
async fn check_bystanders(
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
