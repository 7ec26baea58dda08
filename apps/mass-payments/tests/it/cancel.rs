//! Canceled at every moment of its life: the status and the bank's books agree.

use futures_util::future::join_all;
use serde_json::json;

use crate::world::{World, batch, eventually};

async fn immediate(world: &World) -> String {
    let mut sent = batch("payroll", 3, 0);
    sent["accept_immediately"] = json!(true);
    world.accepted(&sent).await
}

async fn cancel(world: &World, id: &str) {
    let answer = world.act(id, "cancel", json!({})).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

#[tokio::test]
async fn before_anybody_worked_nothing_was_sent() {
    let mut world = World::idle(|_| (), "").await;
    let id = immediate(&world).await;
    cancel(&world, &id).await;
    world.work();
    let canceled = world.until(&id, "canceled").await;
    assert_eq!(canceled["error"]["code"], "OperationCanceled");
    assert_eq!(world.bank.find(&id).await, [json!(null); 0]);
}

#[tokio::test]
async fn while_the_verdicts_are_awaited_it_is_withdrawn() {
    let hour = std::time::Duration::from_secs(3600);
    let world = World::with(|config| config.mode = back_office::Mode::Async(hour)).await;
    let id = immediate(&world).await;
    eventually("created there", async || (!world.bank.find(&id).await.is_empty()).then_some(()))
        .await;
    cancel(&world, &id).await;
    world.until(&id, "canceled").await;
    world.until_withdrawn(&id).await;
}

#[tokio::test]
async fn while_it_is_held_it_is_withdrawn() {
    let world = World::start().await;
    let id = world.accepted(&batch("payroll", 3, 1)).await;
    world.until(&id, "processed").await;
    cancel(&world, &id).await;
    world.until(&id, "canceled").await;
    world.until_withdrawn(&id).await;
}

#[tokio::test]
async fn a_creation_that_may_have_happened_is_found_and_withdrawn() {
    let world = World::scripted("create:lost_after,lookup:lost_before").await;
    let id = immediate(&world).await;
    world.until_verifying(&id).await;
    cancel(&world, &id).await;
    let canceling = world.mass_payment(&id).await;
    assert_eq!((&canceling["status"], &canceling["final"]), (&json!("processing"), &json!(false)));
    assert_eq!(canceling["cancel_requested"], true);
    world.until(&id, "canceled").await;
    world.until_withdrawn(&id).await;
}

#[tokio::test]
async fn a_creation_that_did_not_happen_is_not_sent_again() {
    let world = World::scripted("create:lost_before").await;
    let id = immediate(&world).await;
    world.until_verifying(&id).await;
    cancel(&world, &id).await;
    world.until(&id, "canceled").await;
    assert_eq!(world.bank.find(&id).await, [json!(null); 0]);
}

#[tokio::test]
async fn a_confirmation_that_may_have_happened_is_followed() {
    let world = World::scripted("confirm:lost_after,show:stale").await;
    let id = immediate(&world).await;
    world.until_verifying(&id).await;
    cancel(&world, &id).await;
    world.until(&id, "created").await;
    assert_eq!(world.bank.paid().await, [3, 0]);
    let late = world.act(&id, "cancel", json!({})).await;
    assert_eq!((late.status, late.code()), (409, "OperationAlreadyFinished"));
}

#[tokio::test]
async fn a_confirmation_that_did_not_happen_is_not_sent_again() {
    let world = World::scripted("confirm:lost_before").await;
    let id = immediate(&world).await;
    world.until_verifying(&id).await;
    cancel(&world, &id).await;
    let canceled = world.until(&id, "canceled").await;
    assert_eq!(canceled["error"]["code"], "OperationCanceled");
    world.until_withdrawn(&id).await;
}

#[tokio::test]
async fn of_confirm_and_cancel_one_wins_and_the_books_agree() {
    let world = World::start().await;
    let paid = join_all((0..20).map(|number| race(&world, number))).await;
    let paid: u64 = paid.into_iter().sum();
    assert_eq!(world.bank.paid().await, [paid, 0]);
}

/// How many lines were paid, going by what the operation says.
async fn race(world: &World, number: usize) -> u64 {
    let id = world.accepted(&batch(&format!("race-{number}"), 2, 0)).await;
    world.until(&id, "processed").await;
    let (confirmed, canceled) =
        tokio::join!(world.act(&id, "confirm", json!({})), world.act(&id, "cancel", json!({})));
    assert!(confirmed.status == 202 || confirmed.code() == "ConfirmationNotPending");
    assert!(canceled.status == 202 || canceled.code() == "OperationAlreadyFinished");
    let shown = eventually("final", async || {
        let shown = world.mass_payment(&id).await;
        (shown["final"] == true).then_some(shown)
    })
    .await;
    if shown["status"] == "created" {
        return shown["counts"]["created"].as_u64().unwrap();
    }
    assert_eq!(shown["status"], "canceled");
    0
}
