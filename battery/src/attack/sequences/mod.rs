//! Random sequences of requests against a model of what each must be answered with.

mod caller;
mod model;

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::fleet::Fleet;
use crate::world::stage::World;
use caller::Caller;

pub(crate) const SEQUENCES: Attack = Attack {
    name: "sequences",
    proves: "R25: starts, replays, looks, decisions, deletions in any order: as the model says",
    alone: false,
    run,
};

fn run(plan: Plan) -> Running {
    Box::pin(play(plan))
}

async fn play(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let (callers, steps) = plan.pick((4, 150), (16, 3_000));
    let world = World::new(&plan.folder, &[], &[]).await?;
    let fleet = Fleet::start(&world, 2).await?;
    let mut playing = JoinSet::new();
    for number in 0..callers {
        let caller = Caller::new(Arc::clone(&world), number, StdRng::seed_from_u64(dice.random()));
        playing.spawn(caller.play(steps));
    }
    let mut seen = BTreeSet::new();
    let mut asked = 0;
    while let Some(caller) = playing.join_next().await {
        let why = |error: tokio::task::JoinError| Error::Unexpected {
            what: "a caller".to_owned(),
            why: error.to_string(),
        };
        let caller = caller.map_err(why)??;
        for wrong in &caller.wrong {
            report.counts.regressions += 1;
            report.finding(wrong.clone());
        }
        report.counts.acked += caller.accepted();
        report.counts.duplicate_posts += caller.replays;
        asked += caller.asked;
        seen.extend(caller.seen);
    }
    fleet.end().await?;
    report.must_happen("requests", asked, callers * steps);
    report.must_happen("replays", report.counts.duplicate_posts, callers);
    // Each of these is a state, what was asked in it, and what was answered.
    let told = seen.len() as u64;
    report.must_happen("different situations", told, plan.pick(30, 45));
    Ok(report)
}
