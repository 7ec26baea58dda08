//! Power cuts: the disk forgets what was not flushed, in the middle of a system call.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::attack::mixture::mixed;
use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::power::{Forgotten, Power};
use crate::report::Report;
use crate::world::driver::{Load, drive};
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const POWER_CUTS: Attack = Attack {
    name: "power_cuts",
    proves: "R07: the power fails at any call that writes or flushes: what was promised is there",
    alone: false,
    run,
};

/// A start alone writes and flushes about so often: some cuts come within it.
const BOOT: u64 = 120;
/// Until a cut, at most.
const CALLS: u64 = 700;

fn run(plan: Plan) -> Running {
    Box::pin(cut(plan))
}

/// What all cuts did.
#[derive(Default)]
struct Sum {
    cuts: u64,
    /// Cuts that took something away.
    forgetful: u64,
    all: Forgotten,
}

impl Sum {
    fn add(&mut self, one: Forgotten) {
        self.cuts += 1;
        self.forgetful += u64::from(one != Forgotten::default());
        self.all.writes += one.writes;
        self.all.torn += one.torn;
        self.all.overtaken += one.overtaken;
        self.all.names += one.names;
    }
}

async fn cut(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let cuts = plan.pick(5, 200);
    let mut power = Power::mount(&plan.folder.join("disk")).await?;
    let store = power.folder().join("store.db");
    // Whoever is hit that often was not the cause.
    let settings = ["jobs.crash_budget=1000"];
    let world = World::over(&store, &plan.folder, &[], &settings).await?;
    let load = Load { per_second: 15.0, in_flight: 60, least: 30, impatient: Some(9) };
    let over = AtomicBool::new(false);
    let harming = async {
        let sum = harm(&world, &mut power, &mut dice, cuts).await;
        over.store(true, Ordering::SeqCst);
        let sum = sum?;
        // From now on there is power.
        let api = world.start_api().await?;
        let worker = world.start_worker("worker", &[])?;
        Ok::<_, Error>((sum, api, worker))
    };
    let (history, harmed) =
        tokio::join!(drive(&world, load, &over, |number| mixed("power", number)), harming);
    let (sum, api, worker) = harmed?;
    let history = history?;
    world.check(&history, &mut report).await?;
    worker.end().await?;
    api.end().await?;
    power.copy(&plan.folder.join("copy")).await?;
    report.counts.power_cuts = sum.cuts;
    report.counts.payments = history.payments();
    report.must_happen("power cuts", sum.cuts, cuts);
    report.must_happen("cuts that took something away", sum.forgetful, cuts / 3);
    report.must_happen("writes that were forgotten", sum.all.writes, cuts);
    report.must_happen("writes that were torn or overtaken", sum.all.torn + sum.all.overtaken, 1);
    report.must_happen("promises", report.counts.acked, 10);
    Ok(report)
}

async fn harm(
    world: &Arc<World>,
    power: &mut Power,
    dice: &mut StdRng,
    cuts: u64,
) -> Result<Sum, Error> {
    let mut sum = Sum::default();
    while sum.cuts < cuts {
        let range = if dice.random_ratio(1, 5) { 1..BOOT } else { BOOT..CALLS };
        power.cut_at(dice.random_range(range), dice.random()).await?;
        let mut api = world.role("api", "api").start(world.folder())?;
        let workers = [world.start_worker("worker", &[])?, world.start_worker("worker", &[])?];
        sum.add(until_dead(world, power, &mut api).await?);
        api.kill().await?;
        for worker in workers {
            worker.kill().await?;
        }
        power.restore().await?;
    }
    Ok(sum)
}

/// Lets the API serve until the power is cut, be it before it listens.
async fn until_dead(
    world: &World,
    power: &mut Power,
    api: &mut Process,
) -> Result<Forgotten, Error> {
    let serving = async {
        match api.url().await {
            Ok(url) => {
                world.api.moved(url);
                pending().await
            }
            Err(error) => error,
        }
    };
    let failed = tokio::select! {
        forgotten = power.dead() => return forgotten,
        error = serving => error,
    };
    // Only the power may be why it did not start.
    power.dead().await.map_err(|_never| failed)
}
