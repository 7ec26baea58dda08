//! A back office that can't be asked by `mp_uuid`: a person has to say what happened.

use deferral::core::transition::{Happened, Resolution, resolve};
use deferral::core::{FoundOperation, JobQuery, Kind};
use deferral::prelude::*;
use serde_json::json;

use crate::world::{World, batch, eventually, script};

async fn sent(world: &World) -> String {
    let mut sent = batch("payroll", 3, 0);
    sent["accept_immediately"] = json!(true);
    world.accepted(&sent).await
}

/// What `operations resolve` does.
async fn say(world: &World, id: &str, happened: Happened) {
    let id: OperationId = id.parse().unwrap();
    let found = world.store.operation(&Tenant::default(), id).await.unwrap();
    let FoundOperation::Live(operation) = found else { panic!("it is gone") };
    let query = JobQuery { id: operation.job, limit: 1, ..JobQuery::default() };
    let mut found = world.store.jobs(&query).await.unwrap();
    let job = found.page.items.remove(0);
    let resolution = Resolution {
        effect: None,
        happened,
        by: "Kim of operations".into(),
        why: "asked the bank by telephone".into(),
    };
    let now = world.store.now();
    let commit = resolve(&job, Some(&operation), &found.effects, &resolution, now).unwrap();
    world.store.commit(commit.into()).await.unwrap();
}

#[tokio::test]
async fn a_creation_nobody_knows_of_is_parked_and_goes_on_when_a_person_knows() {
    let world = World::scripted("create:lost_after,lookup:no_lookup").await;
    let id = sent(&world).await;
    let reason = world.until_parked(&id).await;
    let parked = world.mass_payment(&id).await;
    assert_eq!((&parked["status"], &parked["final"]), (&json!("processing"), &json!(false)));
    assert!(reason.contains("LookupNotSupported"), "{reason}");
    assert!(reason.contains("operations resolve"), "{reason}");

    // Which the bank says on the telephone.
    let theirs = world.bank.find(&id).await[0]["id"].take();
    say(&world, &id, Happened::Yes(json!({ "id": theirs }))).await;
    let created = world.until(&id, "created").await;
    assert_eq!(created.get("attention"), None);
    assert_eq!(world.bank.paid().await, [3, 0]);
}

/// Another customer's payments must not be touched because somebody misread a number.
#[tokio::test]
async fn a_person_who_names_the_wrong_one_is_told_and_nothing_happens_to_it() {
    let world = World::scripted("create:lost_after,lookup:no_lookup").await;
    let id = sent(&world).await;
    world.until_parked(&id).await;
    let other = world.bank.create_for_another(&batch("other", 2, 0)).await;
    eventually("processed", async || {
        (world.bank.status(&other).await == "processed").then_some(())
    })
    .await;

    say(&world, &id, Happened::Yes(json!({ "id": other }))).await;
    let reason = world.until_parked(&id).await;
    assert!(reason.contains(&other) && reason.contains("our mp_uuid"), "{reason}");

    world.act(&id, "cancel", json!({})).await;
    say(&world, &id, Happened::Retry).await;
    world.until(&id, "canceled").await;
    eventually("a withdrawal was tried", async || {
        let kind = Some(Kind::new("mass_payment.withdraw").unwrap());
        let query = JobQuery { kind, limit: 1, ..JobQuery::default() };
        let tried = world.store.jobs(&query).await.unwrap().page.items.pop()?;
        (tried.attempts > 0).then_some(())
    })
    .await;
    assert_eq!(world.bank.status(&other).await, "processed");
}

#[tokio::test]
async fn a_creation_that_did_not_happen_is_sent_again_when_a_person_knows() {
    let world = World::scripted("create:lost_before,lookup:no_lookup").await;
    let id = sent(&world).await;
    world.until_parked(&id).await;
    assert_eq!(world.bank.paid().await, [0, 0]);
    say(&world, &id, Happened::No).await;
    world.until(&id, "created").await;
    assert_eq!(world.bank.paid().await, [3, 0]);
}

#[tokio::test]
async fn a_confirmation_needs_no_lookup_to_be_found_out_about() {
    let world = World::with(|config| {
        config.misbehaving.no_lookup = true;
        config.misbehaving.script = script("confirm:lost_after");
    })
    .await;
    let id = sent(&world).await;
    world.until(&id, "created").await;
    assert_eq!(world.bank.paid().await, [3, 0]);
}
