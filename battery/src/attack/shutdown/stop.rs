//! One signal, or two, and everything that must follow.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::counted::Counted;
use super::crowd::Crowd;
use super::stuck::Stuck;
use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::history::History;
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const SHUTDOWN: Attack = Attack {
    name: "shutdown",
    proves: "R20: SIGTERM under load: no wrong answer, no attempt burned, out within the grace",
    alone: false,
    run,
};

/// What runs when it stops may end within this time.
const GRACE: Duration = Duration::from_secs(2);
/// And then it releases what still runs, within this time;
const RELEASE: Duration = Duration::from_secs(1);
/// and who was half understood gets last words.
const LAST_WORDS: Duration = Duration::from_millis(2500);
/// How long a process may take that was told twice.
const AT_ONCE: Duration = Duration::from_secs(2);

fn run(plan: Plan) -> Running {
    Box::pin(stop(plan))
}

async fn stop(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut dice = plan.dice();
    let rounds = plan.pick(3, 50);
    // A lease that is not released holds its job for longer than anybody waits here.
    let world = World::new(&plan.folder, &[], &["worker.grace=2s", "worker.lease=45s"]).await?;
    let mut history = History::default();
    let mut counted = Counted::default();
    let mut service = start(&world, &[]).await?;
    for round in 0..rounds {
        let stuck = Stuck::begin(&world, &format!("stuck-{round}")).await?;
        let crowd = Crowd::gather(&world, round, &stuck.id, &mut dice).await?;
        service.terminate()?;
        let took = ended_well(&mut service, &mut report).await?;
        if took > GRACE + RELEASE + LAST_WORDS {
            report.finding(format!("round {round}: it took {took:?} to stop"));
        }
        counted += crowd.disperse(&mut history, &mut report).await?;
        service = start(&world, &[]).await?;
        counted.resumed += u64::from(stuck.goes_on(&world, true, &mut report).await?);
        stuck.give_up(&world).await?;
    }
    service.end().await?;
    for round in 0..plan.pick(1, 20) {
        counted.impatient += u64::from(stop_twice(&world, round, &mut report).await?);
    }
    let service = start(&world, &[]).await?;
    world.check(&history, &mut report).await?;
    service.end().await?;
    report.must_happen("requests accepted right before", counted.accepted, rounds * 10);
    report.must_happen("requests refused because it stops", counted.refused, rounds);
    report.must_happen("streams, polls and half bodies that were open", counted.open, rounds * 3);
    report.must_happen("stuck jobs that went on elsewhere", counted.resumed, rounds);
    report.must_happen("second signals", counted.impatient, plan.pick(1, 20));
    Ok(report)
}

async fn start(world: &Arc<World>, settings: &[&str]) -> Result<Process, Error> {
    world.start_api_as(&world.role("serve", "serve").set(settings)).await
}

async fn ended_well(service: &mut Process, report: &mut Report) -> Result<Duration, Error> {
    let begun = Instant::now();
    let status = service.ended().await?;
    if !status.success() {
        report.finding(format!("it ended with {status}"));
    }
    Ok(begun.elapsed())
}

/// Told once it would wait for a job; told twice it does not. Whether it did wait.
async fn stop_twice(world: &Arc<World>, round: u64, report: &mut Report) -> Result<bool, Error> {
    let mut service = start(world, &["worker.grace=50s"]).await?;
    let stuck = Stuck::begin(world, &format!("twice-{round}")).await?;
    service.terminate()?;
    sleep(Duration::from_millis(700)).await;
    let waited = service.is_alive();
    if waited {
        service.terminate()?;
    }
    let begun = Instant::now();
    let status = service.ended().await?;
    if begun.elapsed() > AT_ONCE || status.code() != Some(130) {
        report.finding(format!("told twice it ended with {status} after {:?}", begun.elapsed()));
    }
    let service = start(world, &[]).await?;
    stuck.goes_on(world, false, report).await?;
    stuck.give_up(world).await?;
    service.end().await?;
    Ok(waited)
}
