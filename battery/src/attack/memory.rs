//! A worker that may not have more memory, and a job that takes all there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::attack::mixture::mixed;
use crate::attack::pills::check_bystanders;
use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::memory::Group;
use crate::plan::Plan;
use crate::report::Report;
use crate::service::pill::Pill;
use crate::world::driver::{Load, drive};
use crate::world::history::{Order, Request};
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const MEMORY: Attack = Attack {
    name: "memory",
    proves: "R10: the system kills a worker for its memory: the job is parked, others finish",
    alone: false,
    run: |plan| -> Running { Box::pin(starve(plan)) },
};

/// A worker that does nothing has far less.
const LIMIT: u64 = 256 << 20;
/// Crashes that park a job.
const BUDGET: u64 = 3;

async fn starve(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let pills = plan.pick(1, 10);
    let world = World::new(&plan.folder, &[], &["worker.poll=100ms"]).await?;
    let group = Group::new(&format!("battery-{}-{}", std::process::id(), plan.seed), LIMIT)?;
    let api = world.start_api().await?;
    let over = AtomicBool::new(false);
    let swallowing = async {
        let swallowed = swallow(&world, pills).await;
        over.store(true, Ordering::SeqCst);
        swallowed
    };
    let load = Load { per_second: 4.0, in_flight: 30, least: 12, impatient: None };
    let driving = async {
        let history = drive(&world, load, &over, |number| mixed("memory", number)).await?;
        Ok::<_, Error>(history)
    };
    let ended = AtomicBool::new(false);
    let working = async {
        let (history, swallowed) = tokio::join!(driving, swallowing);
        ended.store(true, Ordering::SeqCst);
        (history, swallowed)
    };
    let ((history, swallowed), worker) = tokio::join!(working, supervise(&world, &group, &ended));
    let (mut history, swallowed, worker) = (history?, swallowed?, worker?);
    check_bystanders(&world, &history, &mut report).await?;
    history.requests.extend(swallowed);
    world.check(&history, &mut report).await?;
    worker.end().await?;
    api.end().await?;
    report.counts.payments = history.payments();
    report.must_happen("kills for memory", group.killed(), pills * BUDGET);
    report.must_happen("pills that are parked", report.counts.parked, pills);
    Ok(report)
}

/// Sends jobs that take all memory, one after the other.
async fn swallow(world: &World, pills: u64) -> Result<Vec<Request>, Error> {
    let mut all = Vec::new();
    for number in 0..pills {
        let order = Order::Other("/battery/pills".to_owned(), json!(Pill::Allocate));
        let sent = world.api.send_all([(format!("pill-{number}"), order)]).await?;
        for id in sent.iter().flat_map(Request::ids) {
            world.api.until_over(id).await?;
        }
        all.extend(sent);
    }
    Ok(all)
}

/// Starts the worker again whenever it was killed.
async fn supervise(
    world: &Arc<World>,
    group: &Group,
    ended: &AtomicBool,
) -> Result<Process, Error> {
    let launch = group.limits(world.role("worker", "worker"));
    let mut worker = launch.start(world.folder())?;
    while !ended.load(Ordering::SeqCst) {
        if !worker.is_alive() {
            worker = launch.start(world.folder())?;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(worker)
}
