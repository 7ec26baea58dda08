//! A mass payment from its acceptance to its end, when all goes well.

use mass_payments::sample;
use serde_json::{Value, json};

use crate::world::{World, answer, batch};

#[tokio::test]
async fn what_needs_no_decision_is_created_by_itself() {
    let world = World::start().await;
    let mut sent = batch("rent", 3, 0);
    sent["accept_immediately"] = json!(true);
    let id = world.accepted(&sent).await;

    let created = world.until(&id, "created").await;
    assert_eq!(created["with_errors"], false);
    let counts = json!({"received": 3, "accepted": 3, "rejected": 0, "created": 3});
    assert_eq!(created["counts"], counts);
    assert_eq!(world.bank.paid().await, [3, 0]);

    let operation = world.operation(&id).await;
    assert_eq!(
        (&operation["status"], &operation["correlation"]),
        (&json!("Succeeded"), &json!("rent"))
    );
    let result = &operation["result"];
    assert_eq!((&result["counts"], &result["reference"]), (&counts, &json!("rent")));
    let resource = answer(world.get(operation["resourceLocation"].as_str().unwrap())).await;
    assert_eq!(resource.body, created);
}

#[tokio::test]
async fn a_payroll_of_a_thousand_lines_waits_for_a_word_about_its_errors() {
    let world = World::start().await;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let sent = world
        .post("/mass-payments?reference=payroll&sell_currency=EUR")
        .header("Idempotency-Key", "payroll")
        .header("Content-Type", "text/csv")
        .body(sample::payroll(today));
    let id = answer(sent).await.id();

    let held = world.until(&id, "processed").await;
    assert_eq!(held["with_errors"], true);
    let counts = json!({"received": 1_000, "accepted": 963, "rejected": 37, "created": 0});
    assert_eq!(held["counts"], counts);
    assert_eq!(held["confirmation"]["requires"], json!({"accept_errors": true}));

    let errors = answer(world.get(&format!("/operations/{id}/errors?pageSize=100"))).await.body;
    let errors = errors["value"].as_array().unwrap();
    assert_eq!(errors.len(), 37);
    check_error(&errors[0], &world, &id).await;

    let refused = world.act(&id, "confirm", json!({})).await;
    assert_eq!((refused.status, refused.code()), (422, "ValidationFailed"), "{refused:?}");
    let confirmed = world.act(&id, "confirm", json!({"accept_errors": true})).await;
    assert_eq!(confirmed.status, 202, "{confirmed:?}");
    let created = world.until(&id, "created").await;
    assert_eq!(
        (&created["counts"]["created"], &created["with_errors"]),
        (&json!(963), &json!(true))
    );
    assert_eq!(world.bank.paid().await, [963, 0]);

    let again = world.act(&id, "confirm", json!({"accept_errors": true})).await;
    assert_eq!(again.status, 200);
    assert_eq!(world.act(&id, "reject", json!({})).await.code(), "ConfirmationNotPending");
}

/// An item error names the line in the caller's own words, and where it stands in the request.
async fn check_error(error: &Value, world: &World, id: &str) {
    let path = format!("/mass-payments/{id}/payments?status=rejected");
    let rejected = answer(world.get(&path)).await.body["items"][0].take();
    assert_eq!(error["target"], format!("/payments/{}", rejected["index"]));
    let line_id = rejected["line_id"].as_str().unwrap();
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("Line {line_id}: ")), "{message}");
    assert_eq!(error["code"], rejected["error"]["code"]);
    assert!(error["code"].as_str().unwrap().starts_with(|first: char| first.is_ascii_uppercase()));
}

#[tokio::test]
async fn a_back_office_that_answers_with_the_verdicts_is_as_good() {
    let world = World::with(|config| config.mode = back_office::Mode::Sync).await;
    let id = world.accepted(&batch("bonus", 2, 1)).await;
    world.until(&id, "processed").await;
    world.act(&id, "confirm", json!({"accept_errors": true})).await;
    let created = world.until(&id, "created").await;
    assert_eq!(created["counts"]["created"], 2);
    assert_eq!(world.bank.paid().await, [2, 0]);
}

#[tokio::test]
async fn what_is_rejected_is_withdrawn() {
    let world = World::start().await;
    let id = world.accepted(&batch("dues", 2, 1)).await;
    world.until(&id, "processed").await;
    let rejected = world.act(&id, "reject", json!({"comment": "not this month"})).await;
    assert_eq!(rejected.status, 202);

    let canceled = world.until(&id, "canceled").await;
    assert_eq!(canceled["error"]["code"], "ConfirmationRejected");
    world.until_withdrawn(&id).await;
}

#[tokio::test]
async fn what_nobody_confirms_in_time_is_withdrawn() {
    let world = World::start().await;
    let mut sent = batch("late", 2, 0);
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1_500);
    sent["confirm_by"] = json!(soon.to_string());
    let id = world.accepted(&sent).await;

    let canceled = world.until(&id, "canceled").await;
    assert_eq!(canceled["error"]["code"], "ConfirmationExpired");
    world.until_withdrawn(&id).await;
    let late = world.act(&id, "confirm", json!({})).await;
    assert_eq!((late.status, late.code()), (409, "ConfirmationNotPending"));
}

#[tokio::test]
async fn errors_are_treated_as_the_caller_said_in_advance() {
    let world = World::start().await;
    let send = async |reference: &str, on_errors: &str, good: usize| {
        let mut sent = batch(reference, good, 1);
        sent["accept_immediately"] = json!(true);
        sent["on_errors"] = json!(on_errors);
        world.accepted(&sent).await
    };
    let held = send("hold", "hold", 2).await;
    let stopped = send("stop", "reject_all", 2).await;
    let empty = send("empty", "proceed_with_valid", 0).await;

    world.until(&held, "processed").await;
    for (id, code) in [(stopped, "PaymentsRejected"), (empty, "AllPaymentsRejected")] {
        assert_eq!(world.until(&id, "canceled").await["error"]["code"], code);
        world.until_withdrawn(&id).await;
    }
    let valid = send("valid", "proceed_with_valid", 2).await;
    let created = world.until(&valid, "created").await;
    assert_eq!((&created["counts"]["created"], &created["with_errors"]), (&json!(2), &json!(true)));
    assert_eq!(world.bank.paid().await, [2, 0]);
}

#[tokio::test]
async fn what_the_banks_staff_decides_is_followed() {
    let world = World::start().await;
    let id = world.accepted(&batch("by-hand", 2, 0)).await;
    world.until(&id, "processed").await;
    let theirs = world.bank.find(&id).await[0]["id"].as_str().unwrap().to_owned();
    world.bank.decide(&theirs, "cancel").await;

    world.act(&id, "confirm", json!({})).await;
    let canceled = world.until(&id, "canceled").await;
    assert_eq!(canceled["error"]["code"], "CanceledAtBackOffice");
    assert_eq!(world.bank.paid().await, [0, 0]);
}
