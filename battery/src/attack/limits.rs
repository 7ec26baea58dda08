//! A queue with a limit, under kills and stops: how many run at once, the far end sees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::service::tick::QUEUE;
use crate::world::fleet::Fleet;
use crate::world::history::{History, Order, Request};
use crate::world::nemesis::{Damage, Harm, rage};
use crate::world::stage::World;

pub(crate) const LIMITS: Attack = Attack {
    name: "limits",
    proves: "R19: never more of a queue run at once than its limit, whoever is killed or stopped",
    alone: false,
    run: |plan| -> Running { Box::pin(crowd(plan)) },
};

/// So many jobs of the queue may run at once in a worker.
const LIMIT: usize = 2;
/// So many jobs wait at a time.
const WAVE: usize = 30;
/// Who has told nothing for so long does not run: it was stopped with its worker, or died.
const SILENCE: Duration = Duration::from_millis(800);

/// What an attempt tells while it runs.
#[derive(Debug, Deserialize)]
struct Beat {
    job: String,
    run: String,
    worker: u32,
    last: bool,
}

/// What the far end saw.
#[derive(Default)]
struct Seen {
    /// Who runs in each worker: when each attempt was last heard of.
    running: BTreeMap<u32, BTreeMap<String, Instant>>,
    /// The attempt that each job was last heard of from, and those before it.
    runs: BTreeMap<String, (String, BTreeSet<String>)>,
    most: usize,
    wrong: Vec<String>,
}

#[derive(Clone, Default)]
struct FarEnd(Arc<Mutex<Seen>>);

impl FarEnd {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn hear(&mut self, beat: Beat) {
        let now = Instant::now();
        let running = self.running.entry(beat.worker).or_default();
        running.retain(|_, heard| now.duration_since(*heard) < SILENCE);
        running.insert(beat.run.clone(), now);
        self.most = self.most.max(running.len());
        if running.len() > LIMIT {
            self.wrong.push(format!(
                "{} run at once in {}: {running:?}",
                running.len(),
                beat.worker
            ));
        }
        if beat.last {
            running.remove(&beat.run);
        }
        let fresh = || (beat.run.clone(), BTreeSet::new());
        let (run, before) = self.runs.entry(beat.job.clone()).or_insert_with(fresh);
        if before.contains(&beat.run) {
            self.wrong.push(format!("{} was heard of after its heir: {beat:?}", beat.job));
        } else if *run != beat.run {
            before.insert(std::mem::replace(run, beat.run));
        }
    }
}

async fn listen(far_end: FarEnd) -> Result<(String, tokio::task::JoinHandle<()>), Error> {
    let failed = |source| Error::Start { name: "a far end".to_owned(), source };
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let hear = async |State(far_end): State<FarEnd>, Json(beat): Json<Beat>| {
        far_end.seen().hear(beat);
    };
    let router = Router::new().route("/ticks", post(hear)).with_state(far_end);
    let serving = tokio::spawn(async move {
        // It ends with the attack.
        let _ended = axum::serve(listener, router).await;
    });
    Ok((url, serving))
}

async fn crowd(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let far_end = FarEnd::default();
    let (url, serving) = listen(far_end.clone()).await?;
    let queues = format!(
        "[worker]\nqueues = [\"default\", {{name = \"{QUEUE}\", concurrency = {LIMIT}}}]\n"
    );
    let file = plan.folder.join("deferral.toml");
    let written = std::fs::write(&file, queues);
    written.map_err(|source| Error::File { path: file, source })?;
    let settings = [&format!("battery.far_end={url}"), "jobs.crash_budget=1000"];
    let world = World::new(&plan.folder, &[], &settings).await?;
    let mut fleet = Fleet::start(&world, 2).await?;
    let job = |number: usize| {
        let name = format!("tick-{number}");
        let body = json!({"name": name, "beats": 12});
        (name, Order::Other("/battery/ticks".to_owned(), body))
    };
    let least = plan.pick(2, 50);
    let (over, harmed) = (AtomicBool::new(false), AtomicBool::new(false));
    let all_over = async {
        let (mut requests, mut wave) = (Vec::new(), 0);
        // Which harm comes when, the dice say: there is work for as long as it takes.
        while wave < plan.pick(1, 40) || !harmed.load(Ordering::SeqCst) {
            let jobs = (0..WAVE).map(|number| job(wave * WAVE + number));
            let sent = world.api.send_all(jobs).await?;
            let ids = sent.iter().flat_map(Request::ids);
            try_join_all(ids.map(|id| world.api.until_over(id))).await?;
            requests.extend(sent);
            wave += 1;
        }
        Ok::<_, Error>(History { requests })
    };
    let waves = async {
        let ended = all_over.await;
        over.store(true, Ordering::SeqCst);
        ended
    };
    let harm = Harm { pause: 300..900, stop: 1300..2000, kills: 5, api: 0 };
    let mut dice = plan.dice();
    let enough = |damage: &Damage| {
        harmed.store(damage.kills >= least && damage.stops >= least, Ordering::SeqCst);
        over.load(Ordering::SeqCst)
    };
    let (history, damage) = tokio::join!(waves, rage(&mut fleet, &harm, &mut dice, enough));
    let (history, damage) = (history?, damage?);
    world.check(&history, &mut report).await?;
    fleet.end().await?;
    serving.abort();
    let seen = far_end.seen();
    report.counts.kills = damage.kills;
    report.counts.stale_accepted += seen.wrong.len() as u64;
    seen.wrong.iter().for_each(|wrong| report.finding(wrong.clone()));
    report.must_happen("as many at once as the limit", seen.most as u64, LIMIT as u64);
    report.must_happen("kills", damage.kills, least);
    report.must_happen("stops", damage.stops, least);
    Ok(report)
}
