//! Requests that nobody should send: each is told what is wrong with it, and what is accepted is
//! kept as it was sent.

mod bodies;
mod mutation;
mod others;
mod strangers;
mod texts;
mod verdict;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::stage::World;

pub(crate) const EDGES: Attack = Attack {
    name: "edges",
    proves: "R29: odd, broken and strangers' requests: each refused with a reason, none is a 5xx",
    alone: false,
    run,
};

fn run(plan: Plan) -> Running {
    Box::pin(try_edges(plan))
}

async fn try_edges(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let world = World::new(&plan.folder, &[], &[]).await?;
    let mut api = world.start_api().await?;
    let refused = bodies::send(&world, &mut report).await?;
    let kept = texts::send(&world, &mut report).await?;
    let mutated = mutation::send(&world, &plan, &mut report).await?;
    let odd = others::send(&world, &mut report).await?;
    // What was accepted must not be more than a worker can take.
    let worker = world.start_worker("worker", &[])?;
    for id in kept.iter().chain(&mutated.accepted) {
        let still = |shown: &serde_json::Value| shown["status"] == "AwaitingConfirmation";
        let over = |shown: &serde_json::Value| crate::world::client::is_over(shown) || still(shown);
        world.api.until(id, "it is over, or held", over).await?;
    }
    let strangers = strangers::look(&world, &mut report).await?;
    if !api.is_alive() {
        report.finding("the API did not survive");
    }
    for log in ["api", "worker"] {
        let panics = world.logged(log, "panic");
        if panics > 0 {
            report.finding(format!("{log} tells of a panic {panics} times"));
        }
    }
    worker.end().await?;
    api.end().await?;
    report.counts.acked = (kept.len() + mutated.accepted.len()) as u64;
    report.must_happen("bodies refused", refused, 100);
    report.must_happen("odd texts accepted and read back", kept.len() as u64, 8);
    report.must_happen("mutated bodies refused", mutated.refused, plan.pick(100, 5_000));
    report.must_happen("mutated bodies accepted", mutated.accepted.len() as u64, 5);
    report.must_happen("odd paths, queries and headers", odd, 100);
    report.must_happen("looks at what is another tenant's", strangers, 10);
    Ok(report)
}
