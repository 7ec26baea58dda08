//! SIGKILL and SIGSTOP at any moment: whatever was accepted is carried out, once.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::batch::Batch;
use crate::world::driver::{Load, drive};
use crate::world::fleet::Fleet;
use crate::world::history::{Order, Request, Wish};
use crate::world::nemesis::{Damage, Harm, rage};
use crate::world::stage::World;

pub(crate) const KILLS: Attack = Attack {
    name: "kills",
    proves: "R03: API and workers die and stop at any moment: nothing lost, nothing paid twice",
    alone: false,
    run,
};

const WISHES: [Wish; 8] = [
    Wish::Through,
    Wish::Confirmed,
    Wish::Through,
    Wish::Rejected,
    Wish::Through,
    Wish::AllOrNothing,
    Wish::Confirmed,
    Wish::Canceled,
];

fn run(plan: Plan) -> Running {
    Box::pin(storm(plan))
}

/// Mostly payments; every sixth is a rehearsal, which keeps a worker busy for a while so that one
/// that is stopped holds something.
fn order(number: usize) -> Request {
    let key = format!("kills-{number}");
    if number % 6 == 5 {
        let script = json!({"items": 30, "seconds": 3, "failItems": [7]});
        return Request::new(key, Order::Rehearsal(script));
    }
    let wish = WISHES[number % WISHES.len()];
    let (good, bad) = (8 + number % 20, number % 4);
    let batch = match wish {
        Wish::Through => Batch::immediate(&key, good, bad),
        Wish::AllOrNothing => Batch { all_or_nothing: true, ..Batch::immediate(&key, good, 2) },
        Wish::Confirmed | Wish::Rejected | Wish::Canceled => Batch::held(&key, good, bad),
    };
    Request::new(key, Order::Payments(batch, wish))
}

async fn storm(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let kills = plan.pick(12, 1_000);
    let seed = (plan.seed % 1_000_000).to_string();
    let back_office = ["--rate", "0.1", "--seed", &seed];
    // Whoever is hit that often was not the cause.
    let world = World::new(&plan.folder, &back_office, &["jobs.crash_budget=1000"]).await?;
    let mut fleet = Fleet::start(&world, 3).await?;
    let load = Load { per_second: 6.0, in_flight: 40, least: 20, impatient: Some(7) };
    let over = AtomicBool::new(false);
    let harm = Harm { pause: 50..450, stop: 1300..3000, kills: 8, api: 4 };
    let raging = async {
        let enough = |it: &Damage| it.kills >= kills && world.stale_refused() > 0;
        let damage = rage(&mut fleet, &harm, &mut dice, enough).await;
        over.store(true, Ordering::SeqCst);
        damage
    };
    let (history, damage) = tokio::join!(drive(&world, load, &over, order), raging);
    let (history, damage) = (history?, damage?);
    world.check(&history, &mut report).await?;
    fleet.end().await?;
    report.counts.kills = damage.kills;
    report.counts.payments = history.payments();
    report.must_happen("kills", damage.kills, kills);
    report.must_happen("stale writes refused", report.counts.stale_refused, 1);
    Ok(report)
}
