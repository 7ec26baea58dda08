//! SIGKILL at any moment: whatever was accepted is carried out, once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use back_office::Mode;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::payments::Batch;
use crate::process::Process;
use crate::size::{dice, size};
use crate::world::{World, check_events, eventually, insist, job_of, stored};

/// So many callers send batches, one after the other.
const CALLERS: usize = 6;

/// What a caller wants to come of its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Through,
    Confirmed,
    Rejected,
    Canceled,
    AllOrNothing,
}

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

/// What became of a batch that was accepted.
#[derive(Debug)]
struct End {
    batch: Batch,
    wish: Wish,
    id: String,
    shown: Value,
}

struct Storm {
    world: World,
    batches: AtomicUsize,
    least: usize,
    over: AtomicBool,
}

fn batch(number: usize, wish: Wish) -> Batch {
    let reference = format!("kills-{number}");
    let (good, bad) = (8 + number % 20, number % 4);
    match wish {
        Wish::Through => Batch::immediate(&reference, good, bad),
        Wish::AllOrNothing => {
            let batch = Batch::immediate(&reference, good, 2);
            Batch { all_or_nothing: true, ..batch }
        }
        Wish::Confirmed | Wish::Rejected | Wish::Canceled => Batch::held(&reference, good, bad),
    }
}

/// Nothing can follow by itself.
fn is_over(shown: &Value) -> bool {
    shown["done"] == true || shown["attention"].is_object()
}

impl Storm {
    /// Sends batches and sees them through, until the killing is over and there were enough.
    async fn call(&self) -> Vec<End> {
        let mut ends = Vec::new();
        loop {
            let number = self.batches.fetch_add(1, Ordering::SeqCst);
            if number >= self.least && self.over.load(Ordering::SeqCst) {
                return ends;
            }
            ends.push(self.see_through(number).await);
        }
    }

    async fn see_through(&self, number: usize) -> End {
        let wish = WISHES[number % WISHES.len()];
        let batch = batch(number, wish);
        let id = self.world.send(&batch).await;
        let verb = match wish {
            Wish::Through | Wish::AllOrNothing => None,
            Wish::Confirmed => Some("confirm"),
            Wish::Rejected => Some("reject"),
            Wish::Canceled => Some("cancel"),
        };
        if let Some(verb) = verb {
            self.decide(&id, verb).await;
        }
        let shown = self.world.until(&id, "over", is_over).await;
        End { batch, wish, id, shown }
    }

    /// Decides once it may; the same again when no answer came.
    async fn decide(&self, id: &str, verb: &str) {
        let held = |shown: &Value| shown["status"] == "AwaitingConfirmation" || is_over(shown);
        self.world.until(id, "held", held).await;
        let answer = insist(|| self.world.acting(id, verb)).await;
        assert!(matches!(answer.status, 200 | 202 | 409), "{verb} {id}: {answer:?}");
    }

    /// Keeps the workers busy, so that whoever is stopped holds something.
    async fn rehearse(&self) -> usize {
        let mut ended = 0;
        while !self.over.load(Ordering::SeqCst) {
            let script = json!({"items": 30, "seconds": 3, "failItems": [7]});
            let id = self.world.rehearse(&format!("rehearsal-{ended}"), &script).await;
            let end = self.world.until(&id, "over", is_over).await;
            if end["done"] == true {
                assert_eq!(end["status"], "Succeeded", "{end}");
                assert_eq!(end["result"], json!({"items": 30, "succeeded": 29}), "{end}");
            }
            ended += 1;
        }
        ended
    }

    fn stale(&self) -> usize {
        self.world.stale("worker-0") + self.world.stale("worker-1")
    }

    /// Kills and stops processes until it was often enough and a stale write was refused.
    async fn rage(&self, dice: &mut StdRng, kills: usize) -> (Process, [Process; 2], usize) {
        let start = |number: usize| self.world.worker(&format!("worker-{number}"), &[]);
        let mut api = self.world.api().await;
        let mut workers = [start(0), start(1)];
        let (mut killed, mut stops) = (0, 0);
        let deadline = Instant::now() + Duration::from_secs(900);
        while killed < kills || self.stale() == 0 {
            assert!(Instant::now() < deadline, "{killed} kills, {} stale", self.stale());
            tokio::time::sleep(Duration::from_millis(dice.random_range(50..900))).await;
            let which = dice.random_range(0..2);
            match dice.random_range(0..5) {
                0 | 1 if killed < kills => {
                    api.kill().await;
                    api = self.world.api().await;
                    killed += 1;
                }
                2 | 3 if killed < kills => {
                    let worker = std::mem::replace(&mut workers[which], start(which));
                    worker.kill().await;
                    killed += 1;
                }
                _ => {
                    workers[which].freeze();
                    let pause = Duration::from_millis(dice.random_range(1300..3000));
                    tokio::time::sleep(pause).await;
                    workers[which].thaw();
                    stops += 1;
                }
            }
        }
        self.over.store(true, Ordering::SeqCst);
        (api, workers, stops)
    }

    /// Every batch is as its caller wished, or parked; the bank paid each line of it once, or none.
    async fn check(&self, ends: &[End]) -> BTreeMap<String, usize> {
        let ledger = self.world.bank.ledger().await;
        let store = self.world.store().await;
        let mut tally = BTreeMap::new();
        for End { batch, wish, id, shown } in ends {
            let status = shown["status"].as_str().unwrap();
            assert!(self.world.bank.count(id).await <= 1, "{id}: {shown}");
            match (status, wish) {
                ("Succeeded", Wish::Through | Wish::Confirmed) => {
                    assert!(ledger.is_paid(batch), "lost or paid twice: {batch:?} {shown}");
                }
                ("Canceled", Wish::Rejected | Wish::Canceled | Wish::AllOrNothing) => {
                    assert!(ledger.is_unpaid(batch), "paid all the same: {batch:?} {shown}");
                }
                ("Running" | "Canceling", _) => {
                    assert!(shown["attention"]["reason"].is_string(), "{shown}");
                    assert!(ledger.is_paid(batch) || ledger.is_unpaid(batch), "{batch:?} {shown}");
                }
                _ => panic!("{wish:?} ended so: {shown}"),
            }
            if shown["done"] == true {
                check_events(&store, id).await;
            }
            *tally.entry(format!("{wish:?} {status}")).or_default() += 1;
        }
        assert_eq!(ledger.twice(), 0);
        tally
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_paid_twice_when_processes_are_killed() {
    let mut dice = dice("kills");
    let (kills, least) = (size(8, 100), size(6, 50));
    let seed = dice.random();
    let misbehaving = |config: &mut back_office::Config| {
        config.misbehaving.rate = 0.1;
        config.misbehaving.seed = seed;
    };
    let world = World::new(misbehaving, &[]).await;
    let storm = Storm { world, batches: AtomicUsize::new(0), least, over: AtomicBool::new(false) };
    let callers = futures_util::future::join_all((0..CALLERS).map(|_| storm.call()));
    let (ends, rehearsed, (api, workers, stops)) =
        tokio::join!(callers, storm.rehearse(), storm.rage(&mut dice, kills));
    let ends: Vec<End> = ends.into_iter().flatten().collect();
    assert!(ends.len() >= least);
    let tally = storm.check(&ends).await;
    let (acked, stale) = (ends.len(), storm.stale());
    println!(
        "kills: {kills} kills, {stops} stops, {acked} batches acknowledged, {tally:?}, \
         {rehearsed} rehearsals, lost 0, twice 0, {stale} stale writes refused, bank: {}",
        storm.world.bank.misbehavior().await
    );
    assert!(api.end().await.success());
    for worker in workers {
        assert!(worker.end().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_outlives_its_workers_as_often_as_the_crash_budget_allows() {
    let kills = size(4, 20);
    // Long enough to be killed so often while the bank is at it.
    let pace = Duration::from_millis(600) * u32::try_from(kills).unwrap();
    let world = World::new(|config| config.mode = Mode::Async(pace), &[]).await;
    let budget = ["jobs.crash_budget=100"];
    let api = world.api().await;
    let batch = Batch::immediate("survivor", 20, 3);
    let id = world.send(&batch).await;
    let store = world.store().await;
    let mut token = 0;
    for kill in 0..kills {
        let worker = world.worker("worker", &budget);
        token = eventually("it was claimed again", async || {
            assert!(!stored(&store, &id).await.status.is_terminal(), "over after {kill} kills");
            let job = job_of(&store, &id).await?;
            // A new job, after create, counts its tokens anew.
            let fresh = job.token.0 != token && job.token.0 > 0;
            fresh.then_some(job.token.0)
        })
        .await;
        worker.kill().await;
    }
    let worker = world.worker("worker", &budget);
    let end = world.until(&id, "over", is_over).await;
    assert_eq!(end["status"], "Succeeded", "{end}");
    let ledger = world.bank.ledger().await;
    assert!(ledger.is_paid(&batch));
    assert_eq!((ledger.len(), world.bank.count(&id).await), (20, 1));
    check_events(&store, &id).await;
    println!("survivor: {kills} kills of the worker of one batch, lost 0, twice 0");
    assert!(worker.end().await.success());
    assert!(api.end().await.success());
}
