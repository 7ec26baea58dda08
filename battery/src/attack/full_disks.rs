//! A disk that is full, and one that hangs.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deferral::core::Store as _;
use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::time::Instant;

use crate::attack::mixture::mixed;
use crate::attack::{Attack, Running};
use crate::disk::Disk;
use crate::error::Error;
use crate::logs::check_panics;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::answer::Answer;
use crate::world::client::is_over;
use crate::world::driver::{Load, drive};
use crate::world::fleet::Fleet;
use crate::world::history::{Fate, History, Request};
use crate::world::patience::eventually;
use crate::world::stage::World;

pub(crate) const FULL_DISKS: Attack = Attack {
    name: "full_disks",
    proves: "R09: the disk is full, at work and at the start, or hangs: refused before a promise",
    alone: false,
    run,
};

/// MiB: more than the store takes in the end with its log, which may be 64 MiB. What the ballast
/// does not take away can't become free again.
const SIZE: u64 = 256;
const WORKERS: usize = 2;
/// How long orders are sent to a full disk until one is refused.
const PROBING: Duration = Duration::from_millis(1500);

fn run(plan: Plan) -> Running {
    Box::pin(fill(plan))
}

async fn fill(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let disk = Disk::mount(&plan.folder.join("disk"), SIZE)?;
    let store = disk.folder().join("store.db");
    let world = World::over(&store, &plan.folder, &[], &[]).await?;
    let fleet = Fleet::start(&world, WORKERS).await?;
    let mut first = mixed("first", 1);
    let id = world.api.send(&first.key, &first.order).await?;
    world.api.until(&id, "the first order is done", is_over).await?;
    first.fates.push(Fate::Accepted { id: id.clone(), replayed: false });
    let load = Load { per_second: 12.0, in_flight: 60, least: 20, impatient: Some(8) };
    let over = AtomicBool::new(false);
    let mut harm = Harm {
        disk: &disk,
        world: &world,
        fleet: Some(fleet),
        known: id,
        history: History { requests: vec![first] },
        sum: Sum::default(),
    };
    let harming = async {
        let done = harm.all(&plan, &mut dice, &mut report).await;
        over.store(true, Ordering::SeqCst);
        done
    };
    let driving = drive(&world, load, &over, |number| mixed("full", number));
    let (history, harmed) = tokio::join!(driving, harming);
    let (mut history, ()) = (history?, harmed?);
    let Harm { fleet, sum, history: more, .. } = harm;
    history.extend(more);
    world.check(&history, &mut report).await?;
    check_panics(&plan.folder, &mut report);
    if let Some(fleet) = fleet {
        fleet.end().await?;
    }
    report.counts.full_disks = sum.fills;
    report.counts.payments = history.payments();
    report.must_happen("fills", sum.fills, plan.pick(3, 200));
    report.must_happen("fills that refused an order", sum.refusals, sum.fills / 2);
    report.must_happen("reads of a full disk", sum.reads, sum.fills);
    Ok(report)
}

#[derive(Debug, Default)]
struct Sum {
    fills: u64,
    /// Fills in which an order was refused.
    refusals: u64,
    reads: u64,
}

struct Harm<'a> {
    disk: &'a Disk,
    world: &'a Arc<World>,
    /// None while nobody runs.
    fleet: Option<Fleet>,
    /// An operation that is there.
    known: String,
    /// The orders that it sent itself.
    history: History,
    sum: Sum,
}

impl Harm<'_> {
    async fn all(
        &mut self,
        plan: &Plan,
        dice: &mut StdRng,
        report: &mut Report,
    ) -> Result<(), Error> {
        self.registered().await?;
        while self.sum.fills < plan.pick(3, 200) {
            pause(dice, 100..900).await;
            self.fill_at_work(dice, report).await?;
            if self.sum.fills % plan.pick(3, 20) == 2 {
                pause(dice, 100..900).await;
                self.disk
                    .freeze(Duration::from_millis(dice.random_range(1000..plan.pick(2000, 5000))))
                    .await?;
                self.recover("a frozen disk", report).await?;
                self.fill_at_start(report).await?;
            }
        }
        Ok(())
    }

    /// Fills the disk while there is work; whoever is refused is refused before the promise, and
    /// whoever asks is answered.
    async fn fill_at_work(&mut self, dice: &mut StdRng, report: &mut Report) -> Result<(), Error> {
        self.disk.fill()?;
        self.sum.fills += 1;
        let until = Instant::now() + PROBING;
        let mut number = 0;
        while Instant::now() < until {
            let mut probe = mixed(&format!("probe-{}", self.sum.fills), number * 4 + 1);
            number += 1;
            let stop = self.probe(&mut probe, report).await;
            self.history.requests.push(probe);
            if stop.is_break() {
                self.sum.refusals += 1;
                break;
            }
            self.disk.fill()?;
        }
        self.read(report).await;
        pause(dice, 0..700).await;
        self.read(report).await;
        self.disk.free()?;
        self.recover("a full disk", report).await
    }

    /// One order to a full disk. It may still find room in the log.
    async fn probe(&self, probe: &mut Request, report: &mut Report) -> ControlFlow<()> {
        let (what, fate) = match Answer::to(self.world.api.sending(&probe.key, &probe.order)).await
        {
            Ok(answer) => (format!("{} {}", answer.status, answer.code()), answer.fate()),
            Err(error) => (error.to_string(), Fate::Open { why: error.to_string() }),
        };
        let refused = what.starts_with("503") || what.starts_with("507");
        if !refused && !matches!(fate, Fate::Accepted { .. }) {
            report.finding(format!("an order to a full disk was told {what}"));
        }
        probe.fates.push(fate);
        if refused { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn read(&mut self, report: &mut Report) {
        let path = format!("/operations/{}", self.known);
        match Answer::to(self.world.api.get(&path)).await {
            Ok(answer) if answer.status == 200 => self.sum.reads += 1,
            Ok(answer) => {
                let told = format!("{} {}", answer.status, answer.code());
                report.finding(format!("a read from a full disk was told {told}"));
            }
            Err(error) => report.finding(format!("a read from a full disk: {error}")),
        }
    }

    /// Everybody is still there, and an order is accepted without any help.
    async fn recover(&mut self, after: &str, report: &mut Report) -> Result<(), Error> {
        let all = self.fleet.iter_mut().flat_map(Fleet::processes);
        let dead: Vec<String> =
            all.filter_map(|it| (!it.is_alive()).then(|| it.name.clone())).collect();
        if !dead.is_empty() {
            let why = format!("{dead:?} did not live through {after}");
            report.finding(&why);
            return Err(Error::Unexpected { what: "the processes".to_owned(), why });
        }
        let key = format!("after-{}-{}", after.replace(' ', "-"), self.sum.fills);
        let mut order = mixed(&key, 1);
        let id = self.world.api.send(&order.key, &order.order).await?;
        order.fates.push(Fate::Accepted { id, replayed: false });
        self.history.requests.push(order);
        Ok(())
    }

    /// Waits until all workers have registered, which they say nowhere but in the store.
    async fn registered(&self) -> Result<(), Error> {
        let store = self.world.store().await?;
        eventually("the workers to register", || async {
            let alive = store.overview().await?.workers.len();
            Ok((alive >= WORKERS).then_some(()))
        })
        .await
    }

    /// An API that finds the disk full says so and ends, or serves; it starts once there is room.
    async fn fill_at_start(&mut self, report: &mut Report) -> Result<(), Error> {
        if let Some(fleet) = self.fleet.take() {
            fleet.kill_all().await?;
        }
        self.disk.fill()?;
        let mut api = self.world.role("api", "api-on-a-full-disk").start(self.world.folder())?;
        let listened = api.url().await.is_ok();
        api.kill().await?;
        let told = self.world.logged("api-on-a-full-disk", "free some space");
        if !listened && told == 0 {
            report.finding("an API that found the disk full did not say so");
        }
        self.disk.free()?;
        self.fleet = Some(Fleet::start(self.world, WORKERS).await?);
        self.recover("a start on a full disk", report).await?;
        // A worker that can't register says so and ends.
        self.registered().await
    }
}

async fn pause(dice: &mut StdRng, range: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(dice.random_range(range))).await;
}
