//! Workers that are stopped past their lease, replaced, and resumed: they write nothing and send
//! nothing.

use std::time::Duration;

use axum::http::Method;
use deferral::core::{JobId, JobQuery, Kind, Store as _, Token, WorkerId};
use deferral::sqlite::{Options, SqliteStore};
use futures_util::future::try_join_all;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::json;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::{Plan, Size};
use crate::report::Report;
use crate::service::step::Ending;
use crate::world::gate::{self, Gate, Hold, Sent};
use crate::world::history::{History, Order, Request};
use crate::world::patience::eventually;
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const ZOMBIES: Attack = Attack {
    name: "zombies",
    proves: "R04: stopped past its lease at each boundary and replaced, a worker changes nothing",
    alone: false,
    run: |plan| -> Running { Box::pin(haunt(plan)) },
};

/// When the worker is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// While this answer is held, which has happened: all attempts stand at the same boundary.
    Answer(Verb, &'static str),
    /// While this request is held, which never arrives.
    Request(Verb, &'static str),
    /// At any time after all have begun: what was claimed and not begun has nothing to write.
    Random,
    /// Never: handlers block all threads, so that only the heartbeat is kept from running.
    Blocked,
}

/// The two methods that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

/// Claimed, nothing sent; sent, the answer not taken; taken and recorded; before the second
/// effect is confirmed; before the last writes; before the end.
const MOMENTS: [Moment; 8] = [
    Moment::Answer(Verb::Get, "/boundary/claimed"),
    Moment::Answer(Verb::Post, "/mass-payments"),
    Moment::Answer(Verb::Get, "/boundary/created"),
    Moment::Answer(Verb::Post, "/confirm"),
    Moment::Answer(Verb::Get, "/boundary/paid"),
    Moment::Answer(Verb::Get, "/boundary/written"),
    Moment::Random,
    Moment::Blocked,
];

/// What nobody else may send while the stopped one could still: takes long, since it is asked
/// about until the answer is believed.
const NEVER_ARRIVED: Moment = Moment::Request(Verb::Post, "/mass-payments");

/// Longer than a lease, and than starting an heir takes.
const STALL: &str = "battery.stall=4s";

/// A worker that will be stopped, and what it sends.
struct Scene {
    world: std::sync::Arc<World>,
    gate: Gate,
    zombie: Process,
    api: Process,
    store: SqliteStore,
    history: History,
    dice: StdRng,
    at_once: usize,
}

/// A job that the zombie holds.
type Held = (JobId, Token);

async fn haunt(plan: Plan) -> Result<Report, Error> {
    let (scenes, needed) = (plan.pick(2, 4), plan.pick(25, 1_000));
    let moments: Vec<Moment> = MOMENTS.iter().chain(scarce(plan.size)).copied().collect();
    let rounds = plan.pick(1, 7);
    let all: Vec<Moment> = std::iter::repeat_n(moments, rounds).flatten().collect();
    let scene = |number: usize| {
        let own: Vec<Moment> = all.iter().skip(number).step_by(scenes).copied().collect();
        let plan = Plan { folder: plan.folder.join(format!("scene-{number}")), ..plan.clone() };
        async move { play(&plan, &own).await }
    };
    let mut report = Report::default();
    for part in try_join_all((0..scenes).map(scene)).await? {
        report.counts += part.counts;
        part.findings.into_iter().for_each(|finding| report.finding(finding));
    }
    report.must_happen("attempts resumed after a takeover", report.counts.zombies, needed);
    let refused = report.counts.stale_refused;
    report.must_happen("stale writes refused", refused, report.counts.zombies);
    Ok(report)
}

const fn scarce(size: Size) -> &'static [Moment] {
    match size {
        Size::Small => &[],
        Size::Full => &[NEVER_ARRIVED],
    }
}

async fn play(plan: &Plan, moments: &[Moment]) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut scene = Scene::new(plan).await?;
    for (number, moment) in moments.iter().enumerate() {
        scene.round(number, *moment, &mut report).await?;
    }
    scene.world.check(&scene.history, &mut report).await?;
    scene.check_leaves(&mut report).await?;
    scene.zombie.end().await?;
    scene.api.end().await?;
    Ok(report)
}

impl Scene {
    async fn new(plan: &Plan) -> Result<Self, Error> {
        // What is sent has landed when it is answered. Many are suspects, one after the other.
        let settings = ["jobs.crash_budget=1000", "worker.poll=100ms"];
        let world = World::new(&plan.folder, &["--mode", "sync"], &settings).await?;
        let gate = Gate::before(world.back_office.url()).await?;
        let api = world.start_api().await?;
        let through = gate.settings();
        let through: Vec<&str> = through.iter().map(String::as_str).chain([STALL]).collect();
        let zombie = world.start_worker("zombie", &through)?;
        let options = Options { patience: Duration::from_millis(300), ..Options::default() };
        let store = world.store_with(options).await?;
        let (history, dice) = (History::default(), plan.dice());
        let at_once = plan.pick(6, 20);
        Ok(Self { world, gate, zombie, api, store, history, dice, at_once })
    }

    /// Stops the zombie, outside of a transaction: in the middle of one it would hold the file's
    /// lock, so that nobody could write, and so nobody replace it, until it goes on.
    async fn freeze(&self) -> Result<(), Error> {
        eventually("it stopped outside of a transaction", || async {
            self.zombie.freeze().await?;
            // The smallest write there is.
            let nobody = WorkerId::new(self.store.now(), rand::random());
            if self.store.leave(nobody).await.is_ok() {
                return Ok(Some(()));
            }
            self.zombie.thaw()?;
            Ok(None)
        })
        .await
    }

    /// Sends orders, one of each ending, to the only worker there is.
    async fn send(&self, number: usize, stall: bool) -> Result<Vec<Request>, Error> {
        let order = |at: usize| {
            let key = format!("step-{number}-{at}");
            let ending = Ending::ALL[(number + at) % Ending::ALL.len()];
            let body = json!({"reference": key, "ending": ending, "stall": stall});
            (key, Order::Other("/battery/steps".to_owned(), body))
        };
        self.world.api.send_all((0..self.at_once).map(order)).await
    }

    /// What the zombie holds: nobody else runs anything.
    async fn held(&self) -> Result<Vec<Held>, Error> {
        let query = JobQuery { state: Some("running"), limit: 1_000, ..JobQuery::default() };
        let found = self.store.jobs(&query).await?;
        Ok(found.page.items.iter().map(|job| (job.id, job.token)).collect())
    }

    /// How many of these are somebody else's by now, or were.
    async fn taken(&self, held: &[Held]) -> Result<u64, Error> {
        let mut taken = 0;
        for (id, token) in held {
            let query = JobQuery { id: Some(*id), limit: 1, ..JobQuery::default() };
            let jobs = self.store.jobs(&query).await?.page.items;
            taken += u64::from(jobs.iter().any(|job| job.token > *token));
        }
        Ok(taken)
    }

    /// One round: held, stopped, taken over and carried out by an heir, resumed, nothing changed.
    async fn round(
        &mut self,
        number: usize,
        moment: Moment,
        report: &mut Report,
    ) -> Result<(), Error> {
        let stale = self.world.stale_refused();
        let (requests, held, caught) = self.until_stopped(number, moment).await?;
        // Every other heir is the same host restarted under the same name.
        let name = if number.is_multiple_of(2) { "heir" } else { "zombie" };
        let heir = self.world.start_worker(name, &[])?;
        let (taken, sent);
        let ends = if moment.may_be_unsent() {
            // Nobody else ends it before the sender is known to have given up.
            self.until_taken(&held).await?;
            taken = held.len() as u64;
            sent = self.gate.sent();
            self.resume(moment, caught)?;
            self.ends(&requests).await?
        } else {
            let ends = self.ends(&requests).await?;
            taken = self.taken(&held).await?;
            sent = self.gate.sent();
            self.resume(moment, caught)?;
            ends
        };
        eventually("each zombie's write was refused", || async {
            Ok((self.world.stale_refused() >= stale + taken).then_some(()))
        })
        .await?;
        report.counts.zombies += taken;
        let more = self.sent_by_stale(moment, &sent);
        if more > 0 {
            report.finding(format!("{moment:?}: the zombie sent {more} requests"));
        }
        for (before, after) in ends.iter().zip(self.ends(&requests).await?) {
            if *before != after {
                report.counts.stale_accepted += 1;
                report.finding(format!("{moment:?}: changed after its end: {before} {after}"));
            }
        }
        heir.end().await?;
        self.history.requests.extend(requests);
        Ok(())
    }

    /// Sends, and stops the zombie at the moment. What it holds, and what is held for it.
    async fn until_stopped(
        &mut self,
        number: usize,
        moment: Moment,
    ) -> Result<(Vec<Request>, Vec<Held>, Vec<gate::Held>), Error> {
        let trap = match moment {
            Moment::Answer(method, path) => Some((method, path, Hold::Answer)),
            Moment::Request(method, path) => Some((method, path, Hold::Forever)),
            Moment::Random | Moment::Blocked => None,
        };
        let mut catch = trap.map(|(method, path, hold)| self.gate.hold(method.real(), path, hold));
        let before = self.gate.sent().len();
        let requests = self.send(number, moment == Moment::Blocked).await?;
        let caught = match &mut catch {
            Some(catch) => catch.take(self.at_once).await?,
            None => Vec::new(),
        };
        match moment {
            Moment::Blocked => {
                let blocked = eventually("it holds all", || async {
                    Ok(Some(self.held().await?).filter(|held| held.len() == self.at_once))
                });
                let held = blocked.await?;
                return Ok((requests, held, caught));
            }
            Moment::Random => {
                eventually("all began", || async {
                    Ok((self.gate.runs_since(before) >= self.at_once).then_some(()))
                })
                .await?;
                let pause = self.dice.random_range(1..120);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            Moment::Answer(..) | Moment::Request(..) => {}
        }
        self.freeze().await?;
        let held = self.held().await?;
        self.gate.open();
        Ok((requests, held, caught))
    }

    /// How many requests came since from attempts that are not the zombie's any more.
    fn sent_by_stale(&self, moment: Moment, before: &[Sent]) -> usize {
        let since = self.gate.sent().split_off(before.len());
        match moment {
            // It was never stopped, and may send as long as it holds its jobs.
            Moment::Blocked => 0,
            // Still open jobs are anyone's: the resumed worker may claim them anew. What it had
            // begun before, it had begun by a request that came.
            _ if moment.may_be_unsent() => {
                let stale = |sent: &&Sent| before.iter().any(|old| old.run == sent.run);
                since.iter().filter(stale).count()
            }
            _ => since.len(),
        }
    }

    async fn until_taken(&self, held: &[Held]) -> Result<(), Error> {
        eventually("all were taken over", || async {
            Ok((self.taken(held).await? == held.len() as u64).then_some(()))
        })
        .await
    }

    fn resume(&self, moment: Moment, caught: Vec<gate::Held>) -> Result<(), Error> {
        drop(caught);
        if moment == Moment::Blocked { Ok(()) } else { self.zombie.thaw() }
    }

    /// Where the operations stand once nothing can follow.
    async fn ends(&self, requests: &[Request]) -> Result<Vec<serde_json::Value>, Error> {
        let ids = requests.iter().flat_map(Request::ids);
        try_join_all(ids.map(|id| self.world.api.until_over(id))).await
    }

    /// Each end that enqueues a job enqueued one.
    async fn check_leaves(&self, report: &mut Report) -> Result<(), Error> {
        let kind = Kind::new("battery.leaf").ok();
        let query = JobQuery { kind, limit: 10_000, ..JobQuery::default() };
        let leaves = self.store.jobs(&query).await?.page.items.len();
        let told = |request: &&Request| matches!(&request.order, Order::Other(_, body) if body["ending"] == "follow_up");
        let expected = self.history.requests.iter().filter(told).count();
        if leaves != expected {
            report.counts.twice += leaves.saturating_sub(expected) as u64;
            report.counts.lost += expected.saturating_sub(leaves) as u64;
            report.finding(format!("{leaves} follow-up jobs, not {expected}"));
        }
        Ok(())
    }
}

impl Moment {
    /// Whether it may be stopped between its note that it sends and the arrival of what it sends.
    const fn may_be_unsent(self) -> bool {
        matches!(self, Self::Request(..) | Self::Random)
    }
}

impl Verb {
    const fn real(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
        }
    }
}
