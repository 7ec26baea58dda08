//! Whatever happens to the answers of the back office, every accepted line is paid, and only once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{World, batch};

/// One batch against one script: it ends as it should, and the script has happened.
async fn survives(script: String) {
    let world = World::scripted(&script).await;
    let mut sent = batch("payroll", 4, 1);
    sent["accept_immediately"] = json!(true);
    sent["on_errors"] = json!("proceed_with_valid");
    let id = world.accepted(&sent).await;
    let created = world.until(&id, "created").await;
    assert_eq!(created["counts"]["created"], 4, "{script}");
    assert_eq!(world.operation(&id).await["errorCount"], 1, "{script}");
    assert_eq!(world.bank.paid().await, [4, 0], "{script}");
    assert_eq!(world.bank.pending().await, Vec::<Value>::new(), "{script}");
    assert_eq!(world.bank.find(&id).await.len(), 1, "{script}");
}

/// A held batch that is rejected: nothing is paid, and it does not stay at the back office.
async fn survives_while_withdrawing(script: String) {
    let world = World::scripted(&script).await;
    let id = world.accepted(&batch("payroll", 2, 1)).await;
    world.until(&id, "processed").await;
    assert_eq!(world.act(&id, "reject", json!({})).await.status, 202, "{script}");
    world.until_withdrawn(&id).await;
    assert_eq!(world.bank.pending().await, Vec::<Value>::new(), "{script}");
}

async fn all(scripts: impl IntoIterator<Item = String>) {
    join_all(scripts.into_iter().map(survives)).await;
}

const WRITES: [&str; 10] = [
    "lost_before",
    "lost_after",
    "late",
    "error_before",
    "error_after",
    "throttled",
    "unavailable",
    "hang",
    "garbage",
    "half",
];

const READS: [&str; 8] =
    ["lost_before", "error_before", "throttled", "unavailable", "hang", "garbage", "half", "stale"];

#[tokio::test]
async fn a_creation_happens_once() {
    all(WRITES.map(|kind| format!("create:{kind}"))).await;
}

#[tokio::test]
async fn a_confirmation_happens_once() {
    all(WRITES.map(|kind| format!("confirm:{kind}"))).await;
}

#[tokio::test]
async fn a_withdrawal_is_kept_at() {
    let scripts = WRITES.map(|kind| format!("cancel:{kind}"));
    join_all(scripts.map(survives_while_withdrawing)).await;
}

#[tokio::test]
async fn a_question_about_a_lost_answer_may_be_lost_too() {
    all(READS.map(|kind| format!("create:lost_after,lookup:{kind}"))).await;
}

#[tokio::test]
async fn a_look_at_the_verdicts_may_fail() {
    all(READS.map(|kind| format!("show:{kind}"))).await;
}

#[tokio::test]
async fn a_look_at_the_rejected_lines_may_fail() {
    all(READS.map(|kind| format!("lines:{kind}"))).await;
}

#[tokio::test]
async fn trouble_may_come_in_a_row() {
    all([
        "create:lost_before,create:error_before,create:late".to_owned(),
        "confirm:unavailable,confirm:hang,confirm:lost_after,show:garbage,show:half".to_owned(),
        "create:half,lookup:hang,lookup:garbage,confirm:error_after,lines:half".to_owned(),
    ])
    .await;
}

/// The dice of the back office decide: every write goes wrong more often than not.
#[tokio::test]
async fn many_batches_survive_a_harsh_back_office() {
    let world = World::with(|config| {
        config.misbehaving.rate = back_office::HARSH_RATE;
        config.misbehaving.seed = 42;
    })
    .await;
    let mut ids = Vec::new();
    for number in 0..4 {
        let mut sent = batch(&format!("batch-{number}"), 5, 1);
        sent["accept_immediately"] = json!(true);
        sent["on_errors"] = json!("proceed_with_valid");
        ids.push(world.accepted(&sent).await);
    }
    for id in &ids {
        let created = world.until(id, "created").await;
        assert_eq!(created["counts"]["created"], 5);
    }
    assert_eq!(world.bank.paid().await, [20, 0]);
}
