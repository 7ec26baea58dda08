//! Everything at once, on one API, and what it held meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::gauge::Gauge;
use super::{callers, idlers, sinks};
use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::fleet::Fleet;
use crate::world::history::History;
use crate::world::stage::World;

pub(crate) const FLOODS: Attack = Attack {
    name: "floods",
    proves: "R21: ten times too much, slow and silent: bounded, told so at once, nothing lost",
    alone: true,
    run,
};

/// What connections, bodies and their copies may add to the memory of an idle API.
const MEMORY: u64 = 400 << 20;
/// Beside the connections themselves.
const FILES: u64 = 200;
/// How long a well-behaved caller may wait for an answer in the middle of it all.
const SLOWEST: Duration = Duration::from_secs(5);

fn run(plan: Plan) -> Running {
    Box::pin(flood(plan))
}

async fn flood(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let world = World::new(&plan.folder, &[], &["worker.lease=15s"]).await?;
    let fleet = Fleet::start(&world, 1).await?;
    let gauge = Gauge::of(fleet.api.id())?;
    let over = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(gauge.clone().watch(Arc::clone(&over)));
    let mut history = History::default();

    open_loop(&world, &plan, &mut history, &mut report).await?;
    let told_full = sinks::fill_with_bodies(&world, &mut report).await?;
    let idlers = idlers::Crowd::connect(&world, plan.pick(1_000, 3_000)).await?;
    let slow = plan.pick(40, 200);
    let stalled = sinks::Stalled::open(&world, plan.pick(16, 100), &mut history).await?;
    let dripping = tokio::spawn(idlers::drip(world.api.url(), slow));
    let polite = callers::polite(&world, plan.pick(15, 60), &mut history).await?;
    let dripped = dripping.await.map_err(|error| Error::Unexpected {
        what: "those who drip".to_owned(),
        why: error.to_string(),
    })??;
    let cut = stalled.cut().await;
    let idle = idlers.leave();

    over.store(true, Ordering::SeqCst);
    let most = watching.await.unwrap_or_default();
    if most.memory > gauge.before.memory + MEMORY {
        report.finding(format!("its memory went from {} to {most:?}", gauge.before.memory));
    }
    if most.files > gauge.before.files + FILES + callers::AT_ONCE + idle + 4 * slow {
        report.finding(format!("its open files went from {} to {most:?}", gauge.before.files));
    }
    if polite.slowest > SLOWEST {
        report.finding(format!("a polite caller waited for {:?}", polite.slowest));
    }
    // The callers keep their connections for a while.
    if !gauge.returns_to_few_files(FILES + callers::AT_ONCE).await {
        report.finding("it still holds the connections of those who left");
    }
    world.check(&history, &mut report).await?;
    fleet.end().await?;
    report.must_happen("idle connections", idle, plan.pick(1_000, 3_000));
    report.must_happen("bodies refused for want of room", told_full, 1);
    report.must_happen("dripping heads cut", dripped.heads, slow);
    report.must_happen("dripping bodies cut", dripped.bodies, slow);
    report.must_happen("silent connections cut", dripped.silent, slow);
    report.must_happen("stalled readers cut", cut, plan.pick(16, 100));
    report.must_happen("polite callers served in between", polite.served, 20);
    Ok(report)
}

/// As much as it can take, and then ten times that.
async fn open_loop(
    world: &Arc<World>,
    plan: &Plan,
    history: &mut History,
    report: &mut Report,
) -> Result<(), Error> {
    let measured = callers::closed(world, Duration::from_secs(plan.pick(2, 10)), history).await?;
    let seconds = Duration::from_secs(plan.pick(4, 30));
    let flooded = callers::open(world, measured * 10.0, seconds, history).await?;
    report.must_happen("posts a second by few callers", measured.ceil() as u64, 1);
    let least = (measured * seconds.as_secs_f64() * 1.5) as u64;
    report.must_happen("posts beyond what it can take", flooded.sent, least);
    if flooded.per_second < measured * 0.4 {
        report.finding(format!(
            "of {measured:.0} posts a second {:.0} are left under a flood",
            flooded.per_second
        ));
    }
    for wrong in flooded.wrong {
        report.finding(format!("under a flood a post was told {wrong}"));
    }
    Ok(())
}
