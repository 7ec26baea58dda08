//! One key, many posts at once: one operation, whatever dies meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deferral::core::{OperationId, OperationQuery, Store as _};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::{Counts, Report};
use crate::world::answer::Answer;
use crate::world::fleet::Fleet;
use crate::world::history::{Fate, History, Order, Request};
use crate::world::lean::{Lean, LeanAnswer, post};
use crate::world::stage::World;

pub(crate) const STORMS: Attack = Attack {
    name: "storms",
    proves: "R14: one key makes one operation, however often it is posted, while the API dies",
    alone: false,
    run: |plan| -> Running { Box::pin(storm(plan)) },
};

const CONCURRENCY: usize = 64;
/// Between two kills of the API.
const CALM: Duration = Duration::from_millis(1500);
/// Before the same is sent again that was not answered.
const AGAIN: Duration = Duration::from_millis(10);
/// So far apart are two posts in the list of keys: a prime, so that all keys come up.
const STRIDE: u64 = 7919;

/// A number of keys, and how often one of them is posted.
struct Storm {
    world: Arc<World>,
    name: &'static str,
    keys: u64,
    posts: u64,
    next: AtomicU64,
    seen: Mutex<Seen>,
}

/// What callers were told.
#[derive(Default)]
struct Seen {
    fates: BTreeMap<u64, Vec<Fate>>,
    replays: u64,
    odd: Vec<String>,
}

async fn storm(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let world = World::new(&plan.folder, &[], &["jobs.crash_budget=1000"]).await?;
    let mut fleet = Fleet::start(&world, 1).await?;
    let one = Storm::new(&world, "one", 1, plan.pick(1_000, 50_000));
    let many = Storm::new(&world, "many", plan.pick(100, 1_000), plan.pick(3_000, 960_000));
    let mut history = History::default();
    for storm in [one, many] {
        let over = AtomicBool::new(false);
        let raging = async {
            let posted = join_all((0..CONCURRENCY).map(|_| storm.call())).await;
            over.store(true, Ordering::SeqCst);
            posted
        };
        let (_, kills) = tokio::join!(raging, kill_now_and_then(&mut fleet, &over));
        report.counts.kills += kills?;
        history.extend(storm.tell(&mut report));
    }
    world.check(&history, &mut report).await?;
    check_count(&world, &history, &mut report).await?;
    other_bodies(&world, &mut report).await?;
    fleet.end().await?;
    other_tenants(&world, &mut report).await?;
    let repeated = plan.pick(3_000, 1_000_000);
    report.must_happen("posts that repeated a key", report.counts.duplicate_posts, repeated);
    report.must_happen("kills of the API", report.counts.kills, 1);
    Ok(report)
}

async fn kill_now_and_then(fleet: &mut Fleet, over: &AtomicBool) -> Result<u64, Error> {
    let mut kills = 0;
    loop {
        tokio::time::sleep(CALM).await;
        if over.load(Ordering::SeqCst) {
            return Ok(kills);
        }
        kills += u64::from(fleet.kill_api().await?);
    }
}

impl Storm {
    fn new(world: &Arc<World>, name: &'static str, keys: u64, posts: u64) -> Self {
        let (next, seen) = (AtomicU64::new(0), Mutex::default());
        Self { world: Arc::clone(world), name, keys, posts, next, seen }
    }

    fn key(&self, number: u64) -> String {
        format!("storm-{}-{number}", self.name)
    }

    /// One of many callers: posts until all have posted enough.
    async fn call(&self) {
        let mut connection = None;
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.posts {
                return;
            }
            let key = number.wrapping_mul(STRIDE) % self.keys;
            let request = post("/rehearsals", &self.key(key), "{}");
            while !self.note(key, send(&self.world, &mut connection, &request).await) {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    /// Remembers what was answered; whether anything was.
    fn note(&self, key: u64, answer: std::io::Result<LeanAnswer>) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let fate = match answer {
            Ok(LeanAnswer { status: 202, operation: Some(id), replayed, .. }) => {
                seen.replays += u64::from(replayed);
                Fate::Accepted { id, replayed }
            }
            Ok(answer) if answer.body.contains("IdempotencyKeyInFlight") => return false,
            Ok(answer) if answer.status < 500 => {
                seen.odd.push(format!("{key}: {answer:?}"));
                return true;
            }
            Ok(_) | Err(_) => return false,
        };
        // A million times the same would be kept a million times.
        let fates = seen.fates.entry(key).or_default();
        if !fates.contains(&fate) || !matches!(fate, Fate::Accepted { replayed: true, .. }) {
            fates.push(fate);
        }
        true
    }

    fn tell(self, report: &mut Report) -> History {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        report.counts.duplicate_posts += seen.replays;
        seen.odd.iter().for_each(|odd| report.finding(odd.clone()));
        let request = |(key, fates): (&u64, &Vec<Fate>)| Request {
            fates: fates.clone(),
            ..Request::new(self.key(*key), Order::Rehearsal(json!({})))
        };
        let requests: Vec<Request> = seen.fates.iter().map(request).collect();
        for request in &requests {
            let is_first = |fate: &&Fate| matches!(fate, Fate::Accepted { replayed: false, .. });
            let firsts = request.fates.iter().filter(is_first).count() as u64;
            if firsts > 1 {
                report.counts.twice += firsts - 1;
                report.finding(format!("{}: {firsts} answers say they are the first", request.key));
            }
        }
        if requests.len() as u64 != self.keys {
            report.finding(format!("{} of {} keys were promised", requests.len(), self.keys));
        }
        History { requests }
    }
}

async fn send(
    world: &World,
    connection: &mut Option<Lean>,
    request: &[u8],
) -> std::io::Result<LeanAnswer> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => Lean::connect(&world.api.url()).await?,
    };
    let answer = open.send(request).await?;
    *connection = Some(open);
    Ok(answer)
}

/// There are as many operations as there were keys.
async fn check_count(world: &World, history: &History, report: &mut Report) -> Result<(), Error> {
    let (store, mut count, mut before) = (world.store().await?, 0_u64, None::<OperationId>);
    loop {
        let query = OperationQuery { before, limit: 1_000, ..OperationQuery::default() };
        let page = store.operations(&query).await?;
        count += page.items.len() as u64;
        before = page.items.last().map(|operation| operation.id);
        if !page.more {
            break;
        }
    }
    let keys = history.requests.len() as u64;
    if count != keys {
        report.counts.twice += count.saturating_sub(keys);
        report.counts.lost += keys.saturating_sub(count);
        report.finding(format!("{keys} keys made {count} operations"));
    }
    Ok(())
}

/// The same key with another body is refused.
async fn other_bodies(world: &World, report: &mut Report) -> Result<(), Error> {
    for number in 0..10 {
        let order = Order::Rehearsal(json!({"items": 2}));
        let key = format!("storm-many-{number}");
        let answer = Answer::to(world.api.sending(&key, &order)).await;
        let answer = answer.map_err(|source| Error::Http { what: key.clone(), source })?;
        if answer.status != 422 {
            report.counts.phantom += 1;
            report.finding(format!("{key} with another body: {} {}", answer.status, answer.code()));
        }
    }
    Ok(())
}

/// The same key of two tenants makes an operation each.
async fn other_tenants(world: &World, report: &mut Report) -> Result<(), Error> {
    let mut ids = Vec::new();
    let mut secrets = Vec::new();
    for tenant in ["acme", "umbrella"] {
        let said = world.said(&["keys", "create", "--tenant", tenant, "--json"]).await?;
        let said: Value = serde_json::from_str(&said).unwrap_or_default();
        secrets
            .push(said["key"].as_str().or(said["secret"].as_str()).unwrap_or_default().to_owned());
    }
    let api = world.start_api().await?;
    for secret in secrets.iter().chain(&secrets) {
        let order = Order::Rehearsal(json!({}));
        let request = world.api.sending("storm-many-0", &order).bearer_auth(secret);
        let answer = Answer::to(request).await;
        let what = || "the same key of another tenant".to_owned();
        let answer = answer.map_err(|source| Error::Http { what: what(), source })?;
        let unexpected = || Error::Unexpected { what: what(), why: format!("{answer:?}") };
        ids.push(answer.id().ok_or_else(unexpected)?);
    }
    let own = ids[0] == ids[2] && ids[1] == ids[3] && ids[0] != ids[1];
    if !own {
        report.counts.twice += 1;
        report.finding(format!("two tenants, one key, twice each: {ids:?}"));
    }
    report.counts += Counts { duplicate_posts: 2, ..Counts::default() };
    api.end().await
}
