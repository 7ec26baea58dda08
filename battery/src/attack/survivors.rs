//! One batch whose worker is killed again and again.

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::batch::Batch;
use crate::world::history::{History, Order, Wish};
use crate::world::patience::eventually;
use crate::world::stage::{World, job_of};

pub(crate) const SURVIVORS: Attack = Attack {
    name: "survivors",
    proves: "R03: a batch outlives its workers as often as the crash budget allows",
    alone: false,
    run: |plan| -> Running { Box::pin(survive(plan)) },
};

async fn survive(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let kills: u64 = plan.pick(3, 20);
    // Long enough to be killed so often while the back office is at it.
    let pace = (kills * 600).to_string();
    let back_office = ["--processing-ms", pace.as_str()];
    let world = World::new(&plan.folder, &back_office, &["jobs.crash_budget=100"]).await?;
    let api = world.start_api().await?;
    let order = Order::Payments(Batch::immediate("survivor", 20, 3), Wish::Through);
    let requests = world.api.send_all([("survivor".to_owned(), order)]).await?;
    let history = History { requests };
    let store = world.store().await?;
    let mut seen = None;
    while report.counts.kills < kills {
        let worker = world.start_worker("worker", &[])?;
        let Some((_, id)) = history.accepted().next() else { break };
        // A new job, after the first, counts its tokens anew.
        let claimed = eventually("it was claimed again", || async {
            let job = job_of(&store, id).await?.map(|job| (job.id, job.token));
            Ok(job.filter(|(_, token)| token.0 > 0).filter(|job| Some(*job) != seen))
        });
        seen = Some(claimed.await?);
        report.counts.kills += u64::from(worker.kill().await?);
    }
    let worker = world.start_worker("worker", &[])?;
    world.check(&history, &mut report).await?;
    worker.end().await?;
    api.end().await?;
    report.counts.payments = history.payments();
    report.must_happen("kills of the worker of one batch", report.counts.kills, kills);
    Ok(report)
}
