//! Many at once: one key, and decisions that race.

use std::collections::{BTreeMap, BTreeSet};

use deferral::core::{JobQuery, Kind, Store};
use futures_util::stream::{StreamExt, iter};
use serde_json::{Value, json};

use crate::payments::Batch;
use crate::process::Process;
use crate::size::size;
use crate::world::{Answer, World, answer, check_events};

const CONCURRENCY: usize = 64;
/// So many races at a time: each is two callers and a poller.
const RACES_AT_ONCE: usize = 16;
/// Every so many'th race is about money.
const MONEY: usize = 5;

async fn running() -> (World, Process, Process) {
    let world = World::new(|_| (), &["worker.lease=5s"]).await;
    let api = world.api().await;
    let worker = world.worker("worker", &[]);
    (world, api, worker)
}

async fn end(api: Process, worker: Process) {
    assert!(worker.end().await.success());
    assert!(api.end().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_makes_one_operation_however_often_it_is_sent() {
    let (world, api, worker) = running().await;
    let posts = size(500, 20_000);
    let batch = Batch::immediate("one-key", 3, 1);
    let answers: Vec<Answer> = iter(0..posts)
        .map(|_| async { answer(world.sending(&batch)).await.unwrap() })
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for answer in &answers {
        *statuses.entry(answer.status).or_default() += 1;
        let in_flight = answer.body["error"]["code"] == "IdempotencyKeyInFlight";
        assert!(answer.status == 202 || (answer.status == 409 && in_flight), "{answer:?}");
    }
    let accepted = || answers.iter().filter(|answer| answer.status == 202);
    let ids: BTreeSet<String> = accepted().map(Answer::id).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let first = accepted().filter(|it| !it.headers.contains_key("idempotent-replayed")).count();
    assert_eq!(first, 1, "one is the first, all others are replays");

    let id = ids.first().unwrap();
    assert_eq!(world.until_done(id).await["status"], "Succeeded");
    let listed = answer(world.get("/operations")).await.unwrap().body;
    assert_eq!(listed["value"].as_array().or(listed["items"].as_array()).unwrap().len(), 1);
    let query = JobQuery {
        kind: Some(Kind::new("mass_payment.create").unwrap()),
        limit: 10,
        ..JobQuery::default()
    };
    assert_eq!(world.store().await.jobs(&query).await.unwrap().page.items.len(), 1);
    let ledger = world.bank.ledger().await;
    assert!(ledger.is_paid(&batch));
    assert_eq!(ledger.len(), batch.good);
    println!("one key: {posts} posts, {statuses:?}, 1 operation, 1 job, paid once");
    end(api, worker).await;
}

/// What waits for a decision, and the money that hangs on it.
struct Held {
    id: String,
    batch: Option<Batch>,
}

async fn held(world: &World, name: &str, number: usize) -> Held {
    let key = format!("{name}-{number}");
    let batch = (number.is_multiple_of(MONEY)).then(|| Batch::held(&key, 3, number % 2));
    let id = match &batch {
        Some(batch) => world.send(batch).await,
        None => world.rehearse(&key, &json!({"confirm": true})).await,
    };
    world.until_held(&id).await;
    Held { id, batch }
}

/// Both at once; each is sent first in half of the races.
async fn race(world: &World, number: usize, id: &str, verbs: [&str; 2]) -> [u16; 2] {
    let [one, two] = verbs;
    let (one, two) = if number.is_multiple_of(2) {
        tokio::join!(world.act(id, one), world.act(id, two))
    } else {
        let (two, one) = tokio::join!(world.act(id, two), world.act(id, one));
        (one, two)
    };
    [one.status, two.status]
}

async fn check_money(world: &World, batches: &[(Option<Batch>, bool)]) -> usize {
    let ledger = world.bank.ledger().await;
    for (batch, paid) in batches {
        let Some(batch) = batch else { continue };
        let agrees = if *paid { ledger.is_paid(batch) } else { ledger.is_unpaid(batch) };
        assert!(agrees, "status and ledger disagree: {batch:?}, paid: {paid}");
    }
    assert_eq!(ledger.twice(), 0);
    batches.iter().filter(|(batch, _)| batch.is_some()).count()
}

fn code(end: &Value) -> &str {
    end["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_confirmation_and_a_rejection_exactly_one_wins() {
    let (world, api, worker) = running().await;
    let races = size(30, 1_000);
    let one = async |number: usize| {
        let Held { id, batch } = held(&world, "reject", number).await;
        let statuses = race(&world, number, &id, ["confirm", "reject"]).await;
        let end = world.until_done(&id).await;
        let confirmed = match statuses {
            [200 | 202, 409] => true,
            [409, 200 | 202] => false,
            _ => panic!("not one winner: {statuses:?} {end}"),
        };
        let expected =
            if confirmed { ("Succeeded", "") } else { ("Canceled", "ConfirmationRejected") };
        assert_eq!((end["status"].as_str().unwrap(), code(&end)), expected, "{end}");
        check_events(&world.store().await, &id).await;
        (batch, confirmed)
    };
    let ends: Vec<_> = iter(0..races).map(one).buffer_unordered(RACES_AT_ONCE).collect().await;
    let confirmed = ends.iter().filter(|(_, confirmed)| *confirmed).count();
    let money = check_money(&world, &ends).await;
    println!(
        "confirm/reject: {races} races ({money} of money), one winner each: {confirmed} \
         confirmed, {} rejected",
        races - confirmed
    );
    end(api, worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn however_a_confirmation_and_a_cancellation_race_status_and_ledger_agree() {
    let (world, api, worker) = running().await;
    let races = size(20, 1_000);
    let one = async |number: usize| {
        let key = format!("cancel-{number}");
        let batch = Batch::held(&key, 3, number % 2);
        let id = world.send(&batch).await;
        world.until_held(&id).await;
        let statuses = race(&world, number, &id, ["confirm", "cancel"]).await;
        let end = world.until_done(&id).await;
        let paid = match end["status"].as_str().unwrap() {
            "Succeeded" => true,
            "Canceled" => false,
            _ => panic!("{statuses:?} {end}"),
        };
        // A cancellation may come after the confirmation, and a confirmation not after it.
        assert!(matches!(statuses, [202, 202 | 409] | [409, 202]), "{statuses:?} {end}");
        assert!(!paid || statuses[0] == 202, "{statuses:?} {end}");
        check_events(&world.store().await, &id).await;
        (Some(batch), paid)
    };
    let ends: Vec<_> = iter(0..races).map(one).buffer_unordered(RACES_AT_ONCE).collect().await;
    let paid = ends.iter().filter(|(_, paid)| *paid).count();
    check_money(&world, &ends).await;
    println!(
        "confirm/cancel: {races} races, {paid} created, {} canceled, status and ledger agree",
        races - paid
    );
    end(api, worker).await;
}
