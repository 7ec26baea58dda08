//! Rows that nothing of ours has written: whatever they hold, healthy work goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::attack::mixture::mixed;
use crate::attack::{Attack, Running};
use crate::damage::{Damaged, damage};
use crate::error::Error;
use crate::logs::check_panics;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::answer::Answer;
use crate::world::batch::Batch;
use crate::world::history::{Order, Wish};
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const ROWS: Attack = Attack {
    name: "rows",
    proves: "R28: damaged rows are set aside with an alarm: no panic, no wrong end, others go on",
    alone: false,
    run: |plan| -> Running { Box::pin(rounds(plan)) },
};

/// So many rows are damaged at once.
const DAMAGED: usize = 6;
/// How long healthy work may take beside them.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was there before the damage.
struct Known {
    id: String,
    order: Order,
}

struct Round<'a> {
    world: &'a Arc<World>,
    known: &'a [Known],
    /// What was damaged, for findings.
    told: String,
    harmed: BTreeSet<String>,
}

async fn rounds(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let world = World::new(&plan.folder, &[], &["jobs.crash_budget=1000"]).await?;
    let known = work(&world).await?;
    let whole = plan.folder.join("whole");
    copy(world.store_file(), &whole)?;
    let rounds = plan.pick(3, 60);
    let mut damaged = 0;
    for number in 0..rounds {
        copy(&whole, world.store_file())?;
        let all = damage(world.store_file(), &mut dice, DAMAGED)?;
        damaged += all.len() as u64;
        let told = all.iter().map(|it| it.what.as_str()).collect::<Vec<_>>().join(", ");
        let harmed = all.into_iter().filter_map(|Damaged { owner, .. }| owner).collect();
        let round = Round { world: &world, known: &known, told, harmed };
        round.survive(number, &mut report).await?;
    }
    report.counts.twice += world.back_office.ledger().await?.twice();
    check_panics(&plan.folder, &mut report);
    let alarms = world.logged("api", "ERROR") + world.logged("worker", "ERROR");
    report.must_happen("damaged rows", damaged, rounds as u64 * DAMAGED as u64);
    report.must_happen("alarms", alarms, 1);
    Ok(report)
}

/// Something of everything: ended, waiting for a person, in the middle of it.
async fn work(world: &Arc<World>) -> Result<Vec<Known>, Error> {
    let api = world.start_api().await?;
    let worker = world.start_worker("worker", &[])?;
    let mut known = Vec::new();
    for number in 0..18 {
        let key = format!("known-{number}");
        let order = match number % 3 {
            0 => mixed(&key, 1).order,
            1 => Order::Payments(Batch::held(&key, 4, 1), Wish::Confirmed),
            // Short: as suspects they run one at a time, and the healthy wait for them.
            _ => Order::Rehearsal(json!({"items": 20, "seconds": 2})),
        };
        let id = world.api.send(&key, &order).await?;
        known.push(Known { id, order });
    }
    for it in &known {
        let ready = |shown: &serde_json::Value| match it.order {
            Order::Rehearsal(_) => true,
            _ => shown["done"] == true || shown["status"] == "AwaitingConfirmation",
        };
        world.api.until(&it.id, "it is under way", ready).await?;
    }
    worker.kill().await?;
    api.kill().await?;
    Ok(known)
}

/// Copies a store that nobody has open, with its log.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    for end in ["", "-wal", "-shm"] {
        let beside = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let (from, to) = (beside(from), beside(to));
        let copied = if from.exists() && end != "-shm" {
            std::fs::copy(&from, &to).map(drop)
        } else if to.exists() {
            std::fs::remove_file(&to)
        } else {
            Ok(())
        };
        copied.map_err(|source| Error::File { path: to, source })?;
    }
    Ok(())
}

impl Round<'_> {
    /// Serves over the damage, and looks whether anybody else is harmed.
    async fn survive(&self, number: usize, report: &mut Report) -> Result<(), Error> {
        let mut api = match self.world.start_api().await {
            Ok(api) => api,
            Err(Error::Ended { .. }) => {
                report.finding(format!("the API does not start with {}", self.told));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mut worker = self.world.start_worker("worker", &[])?;
        for (number, key) in [1, 3].map(|it| (it, format!("rows-{number}-{it}"))) {
            let order = mixed(&key, number).order;
            let carried = self.carry_out(&key, &order);
            match timeout(PATIENCE, carried).await {
                Ok(id) => {
                    self.check_end(&id?, &order, report).await?;
                    report.counts.acked += 1;
                }
                Err(_late) => report.finding(format!("{key} did not end beside {}", self.told)),
            }
        }
        self.look(report).await?;
        for process in [&mut api, &mut worker] {
            self.check_alive(process, report);
        }
        worker.kill().await?;
        api.kill().await.map(drop)
    }

    async fn carry_out(&self, key: &str, order: &Order) -> Result<String, Error> {
        let id = self.world.api.send(key, order).await?;
        self.world.api.until_over(&id).await?;
        Ok(id)
    }

    /// What was there: the healthy can be read, and decided; nothing says of itself that it
    /// succeeded unless it was paid.
    async fn look(&self, report: &mut Report) -> Result<(), Error> {
        for Known { id, order } in self.known {
            let answer = Answer::to(self.world.api.get(&format!("/operations/{id}"))).await;
            let healthy = !self.harmed.contains(&id.replace('-', ""));
            match answer {
                Ok(answer) if answer.status == 200 || !healthy => {}
                Ok(answer) => {
                    let told = format!("{} {}", answer.status, answer.code());
                    report.finding(format!("{id} was told {told} beside {}", self.told));
                    continue;
                }
                Err(error) => {
                    report.finding(format!("{id}: {error} beside {}", self.told));
                    continue;
                }
            }
            if !matches!(order, Order::Payments(_, Wish::Confirmed)) {
                continue;
            }
            // What comes of it is looked at; an answer is not owed by what is damaged.
            let _answer = Answer::to(self.world.api.acting(id, "confirm")).await;
            if healthy {
                let over = timeout(PATIENCE, self.world.api.until_over(id)).await;
                if over.is_err() {
                    report.finding(format!("{id} did not end beside {}", self.told));
                }
            }
        }
        for Known { id, order } in self.known {
            self.check_end(id, order, report).await?;
        }
        Ok(())
    }

    /// Success of payments means that they were paid.
    async fn check_end(&self, id: &str, order: &Order, report: &mut Report) -> Result<(), Error> {
        let Order::Payments(batch, _) = order else { return Ok(()) };
        let answer = Answer::to(self.world.api.get(&format!("/operations/{id}"))).await;
        let succeeded = answer.is_ok_and(|answer| answer.body["status"] == "Succeeded");
        if succeeded && !self.world.back_office.ledger().await?.is_paid(batch) {
            report.finding(format!("{id} succeeded and is not paid, with {}", self.told));
        }
        Ok(())
    }

    fn check_alive(&self, process: &mut Process, report: &mut Report) {
        if !process.is_alive() {
            report.finding(format!("{} ended beside {}", process.name, self.told));
        }
    }
}
