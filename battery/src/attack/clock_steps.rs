//! Wall clocks that jump, of all processes or of one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::attack::mixture::mixed;
use crate::attack::{Attack, Running};
use crate::clock::Clock;
use crate::error::Error;
use crate::logs::check_panics;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::driver::{Load, drive};
use crate::world::history::{Order, Request};
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const CLOCK_STEPS: Attack = Attack {
    name: "clock_steps",
    proves: "R12: clocks jump by hours and by a month, of all or of one: nothing stays undone",
    alone: false,
    run,
};

const HOUR: i64 = 3600;
const MONTH: i64 = 30 * 24 * HOUR;
/// A step by each of these, there and back.
const STEPS: [i64; 6] = [HOUR, -HOUR, MONTH, -MONTH, 300, -300];
/// One worker is always wrong by so much.
const OFF: i64 = 300;

fn run(plan: Plan) -> Running {
    Box::pin(step(plan))
}

/// The processes and their clocks: the API's, and one for each worker.
struct Wearers {
    clocks: [Clock; 3],
    /// What each shows while nobody steps it.
    usual: [i64; 3],
    steps: u64,
}

async fn step(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let least = plan.pick(12, 200);
    // What a step forward would rightly throw away, since it is so old then, is not looked for.
    let settings = ["jobs.operation_retention=90d", "jobs.retention=90d", "jobs.tombstones=90d"];
    let world = World::new(&plan.folder, &[], &settings).await?;
    let clock = |name: &str| Clock::new(&plan.folder.join(format!("{name}.clock")));
    let clocks = [clock("api")?, clock("worker-0")?, clock("worker-1")?];
    let mut wearers = Wearers { clocks, usual: [0, 0, OFF], steps: 0 };
    wearers.usually()?;
    let [of_api, of_first, of_second] = &wearers.clocks;
    let api = world.start_api_as(&of_api.worn_by(world.role("api", "api"))).await?;
    let worker = |clock: &Clock, name: &str| -> Result<Process, Error> {
        clock.worn_by(world.role("worker", name)).start(world.folder())
    };
    let workers = [worker(of_first, "worker-0")?, worker(of_second, "worker-1")?];
    let load = Load { per_second: 10.0, in_flight: 60, least: 20, impatient: None };
    let over = AtomicBool::new(false);
    let harming = async {
        let done = wearers.rage(&mut dice, least).await;
        over.store(true, Ordering::SeqCst);
        done
    };
    let driving = drive(&world, load, &over, |number| patient(mixed("clock", number)));
    let (history, harmed) = tokio::join!(driving, harming);
    let (history, ()) = (history?, harmed?);
    world.check(&history, &mut report).await?;
    check_panics(&plan.folder, &mut report);
    for process in workers.into_iter().chain([api]) {
        process.end().await?;
    }
    report.counts.clock_steps = wearers.steps;
    report.counts.payments = history.payments();
    report.must_happen("steps", wearers.steps, least);
    Ok(report)
}

/// A clock that shows another month ends what was to end before: here nothing is.
fn patient(mut request: Request) -> Request {
    if let Order::Payments(batch, _) = &mut request.order {
        batch.confirm_within = Some(90);
    }
    request
}

impl Wearers {
    fn usually(&self) -> Result<(), Error> {
        self.clocks.iter().zip(self.usual).try_for_each(|(clock, usual)| clock.show(usual))
    }

    /// Steps clocks until it was often enough; afterwards they are right again, but for one.
    async fn rage(&mut self, dice: &mut StdRng, least: u64) -> Result<(), Error> {
        while self.steps < least {
            let mut moments = |range| Duration::from_millis(dice.random_range(range));
            let (before, during) = (moments(100..900), moments(100..1500));
            tokio::time::sleep(before).await;
            let whose = match dice.random_range(0..5) {
                number @ 0..3 => number..number + 1,
                _ => 0..3,
            };
            if dice.random_ratio(1, 8) {
                self.strobe(whose).await?;
                continue;
            }
            let by = STEPS[dice.random_range(0..STEPS.len())];
            self.show(whose, by)?;
            tokio::time::sleep(during).await;
            self.usually()?;
            self.steps += 2;
        }
        Ok(())
    }

    fn show(&self, whose: std::ops::Range<usize>, by: i64) -> Result<(), Error> {
        whose.into_iter().try_for_each(|number| self.clocks[number].show(self.usual[number] + by))
    }

    /// A second forward and back, ten times a second.
    async fn strobe(&mut self, whose: std::ops::Range<usize>) -> Result<(), Error> {
        for number in 0..20 {
            self.show(whose.clone(), if number % 2 == 0 { 1 } else { -1 })?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.usually()?;
        self.steps += 1;
        Ok(())
    }
}
