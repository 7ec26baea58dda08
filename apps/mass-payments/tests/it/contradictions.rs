//! A back office that refuses, contradicts itself, or does what nobody asked it for.

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use deferral::core::{JobQuery, JobState, Kind};
use serde_json::json;

use crate::world::{World, batch, eventually};

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_has_failed() {
    let refuse = post(async || {
        let why = json!({"error": "no_contract", "message": "there is no contract"});
        (StatusCode::UNPROCESSABLE_ENTITY, Json(why))
    });
    let world = World::facing(Router::new().route("/mass-payments", refuse)).await;
    let id = world.accepted(&batch("payroll", 2, 0)).await;
    let failed = world.until(&id, "failed").await;
    assert_eq!(failed["error"]["code"], "BackOfficeRefused");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("there is no contract"), "{message}");
}

#[tokio::test]
async fn two_mass_payments_of_one_uuid_are_an_alarm() {
    let lose = async || StatusCode::INTERNAL_SERVER_ERROR;
    let twice = async || {
        let counts = json!({
            "received": 2, "processed": 2, "accepted": 2, "rejected": 0, "created": 0,
        });
        let item = |id: &str| json!({"id": id, "status": "processed", "counts": counts});
        Json(json!({"items": [item("a"), item("b")]}))
    };
    let world = World::facing(Router::new().route("/mass-payments", post(lose).get(twice))).await;
    let id = world.accepted(&batch("payroll", 2, 0)).await;
    let reason = world.until_parked(&id).await;
    assert!(reason.contains("SeveralMassPayments"), "{reason}");
}

/// Another program answers, and to everything in the same way.
#[tokio::test]
async fn an_answer_about_another_mass_payment_is_asked_about() {
    let other = async || {
        let counts = json!({
            "received": 2, "processed": 2, "accepted": 2, "rejected": 0, "created": 0,
        });
        let uuid = uuid::Uuid::nil();
        Json(json!({"id": "a", "mp_uuid": uuid, "status": "processed", "counts": counts}))
    };
    let world = World::facing(Router::new().fallback(get(other).post(other))).await;
    let id = world.accepted(&batch("payroll", 2, 0)).await;
    world.until_verifying(&id).await;
    let shown = world.mass_payment(&id).await;
    assert_eq!((&shown["status"], &shown["final"]), (&json!("processing"), &json!(false)));
}

/// The staff of the bank confirms what its sender then rejects: money is out that should not be.
#[tokio::test]
async fn what_was_rejected_here_and_confirmed_there_needs_a_person() {
    let world = World::start().await;
    let id = world.accepted(&batch("payroll", 2, 0)).await;
    world.until(&id, "processed").await;
    let theirs = world.bank.find(&id).await[0]["id"].as_str().unwrap().to_owned();
    world.bank.decide(&theirs, "confirm").await;
    world.act(&id, "reject", json!({})).await;
    world.until(&id, "canceled").await;

    let kind = Some(Kind::new("mass_payment.withdraw").unwrap());
    let query = JobQuery { kind, limit: 1, ..JobQuery::default() };
    let reason = eventually("parked", async || {
        let found = world.store.jobs(&query).await.unwrap();
        match &found.page.items.first()?.state {
            JobState::Parked { reason, .. } => Some(reason.clone()),
            _ => None,
        }
    })
    .await;
    assert!(reason.contains("CreatedAtBackOffice") && reason.contains(&theirs), "{reason}");
}

/// The staff of the bank confirms while our worker is away: what it did is followed.
#[tokio::test]
async fn what_was_confirmed_there_before_it_was_looked_at_is_followed() {
    let pace = back_office::Mode::Async(std::time::Duration::from_millis(500));
    let mut world = World::with(|config| config.mode = pace).await;
    let id = world.accepted(&batch("payroll", 2, 1)).await;
    eventually("created there", async || (!world.bank.find(&id).await.is_empty()).then_some(()))
        .await;
    world.rest().await;
    let theirs = eventually("processed there", async || {
        let mut found = world.bank.find(&id).await.remove(0);
        (found["status"] == "processed").then(|| found["id"].take())
    })
    .await;
    world.bank.decide(theirs.as_str().unwrap(), "confirm").await;

    world.work();
    let created = world.until(&id, "created").await;
    assert_eq!((&created["with_errors"], &created["counts"]["created"]), (&json!(true), &json!(2)));
    assert_eq!(world.operation(&id).await["errorCount"], 1);
}
