//! The API of mass payments: what is accepted, what is refused, what is shown.

use std::time::Duration;

use deferral::core::commit::{ApiCommit, OperatorCommit};
use deferral::core::{Kind, Payload};
use deferral::http::ApiKeySecret;
use deferral::prelude::*;
use serde_json::{Value, json};

use crate::world::{World, answer, batch, eventually};

#[tokio::test]
async fn a_retry_under_the_same_key_is_the_same_mass_payment() {
    let world = World::idle(|_| (), "").await;
    let first = world.send(&batch("payroll", 2, 0)).await;
    let again = world.send(&batch("payroll", 2, 0)).await;
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(first.id(), again.id());
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(first.body["stage"], "queued_for_processing");
    let other = world.send(&batch("payroll", 3, 0)).await;
    assert_eq!((other.status, other.code()), (422, "IdempotencyKeyReused"));
}

#[tokio::test]
async fn the_same_payments_under_another_key_are_a_possible_duplicate() {
    let world = World::idle(|_| (), "").await;
    let first = world.accepted(&batch("payroll", 2, 0)).await;
    let mut renamed = batch("payroll", 2, 0);
    renamed["reference"] = json!("payroll again");
    let refused = world.send(&renamed).await;
    assert_eq!((refused.status, refused.code()), (409, "PossibleDuplicate"));
    let duplicate_of = &refused.body["duplicateOf"];
    assert_eq!(duplicate_of["id"], first);
    let shown = answer(world.get(duplicate_of["link"].as_str().unwrap())).await;
    assert_eq!(shown.body["reference"], "payroll");

    renamed["allow_duplicate"] = json!(true);
    let allowed = world.accepted(&renamed).await;
    assert_ne!(allowed, first);
}

#[tokio::test]
async fn what_came_to_nothing_may_be_sent_again() {
    let world = World::idle(|_| (), "").await;
    let first = world.accepted(&batch("payroll", 2, 0)).await;
    world.act(&first, "cancel", json!({})).await;
    let mut again = batch("payroll", 2, 0);
    again["reference"] = json!("second try");
    world.accepted(&again).await;
}

#[tokio::test]
async fn a_key_is_required() {
    let world = World::idle(|_| (), "").await;
    let request = world.post("/mass-payments").json(&batch("payroll", 1, 0));
    let refused = answer(request).await;
    assert_eq!((refused.status, refused.code()), (400, "IdempotencyKeyMissing"));
}

#[tokio::test]
async fn a_body_that_can_not_be_read_is_refused() {
    let world = World::idle(|_| (), "").await;
    let send = async |media_type: &str, body: Vec<u8>| {
        let request = world.post("/mass-payments").header("Idempotency-Key", "k");
        let refused = answer(request.header("Content-Type", media_type).body(body)).await;
        (refused.status, refused.code().to_owned())
    };
    let malformed = (400, "MalformedBody".to_owned());
    assert_eq!(send("application/json", b"{\"payments\":".to_vec()).await, malformed);
    assert_eq!(send("application/json", b"\xff".to_vec()).await, malformed);
    assert_eq!(send("text/csv", b"a;b".to_vec()).await, malformed);
    let unsupported = (415, "UnsupportedMediaType".to_owned());
    for media_type in ["application/xml", "text/csv; charset=latin1", "nonsense"] {
        assert_eq!(send(media_type, b"{}".to_vec()).await, unsupported);
    }
    let large = vec![b' '; 10 * 1024 * 1024 + 1];
    assert_eq!(send("application/json", large).await, (413, "BodyTooLarge".to_owned()));
}

#[tokio::test]
async fn all_errors_of_a_request_come_at_once() {
    let world = World::idle(|_| (), "").await;
    let mut sent = batch("payroll", 3, 0);
    sent["payments"][0]["amount"] = json!("0");
    sent["payments"][2]["currency"] = json!("EURO");
    let refused = world.send(&sent).await;
    assert_eq!((refused.status, refused.code()), (422, "ValidationFailed"));
    assert_eq!(refused.body["errorCount"], 2);
    let places: Vec<(&str, &str)> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["line_id"].as_str().unwrap()))
        .collect();
    let expected = [("#/payments/0/amount", "payroll-0"), ("#/payments/2/currency", "payroll-2")];
    assert_eq!(places, expected);
    // Nothing was promised, and the key was not used up.
    world.accepted(&batch("payroll", 3, 0)).await;
}

#[tokio::test]
async fn callers_who_have_not_moved_get_the_result() {
    let mut world = World::idle(|_| (), "mode = \"sync\"").await;
    world.work();
    let mut sent = batch("payroll", 2, 1);
    sent["accept_immediately"] = json!(true);
    sent["on_errors"] = json!("proceed_with_valid");
    let result = answer(world.post("/mass-payments").json(&sent)).await;
    assert_eq!(result.status, 200, "{result:?}");
    let counts = json!({"received": 3, "accepted": 2, "rejected": 1, "created": 2});
    assert_eq!((&result.body["status"], &result.body["counts"]), (&json!("created"), &counts));
    assert!(!result.headers.contains_key("operation-location"));

    // The guard stands in for the key.
    let again = answer(world.post("/mass-payments").json(&sent)).await;
    assert_eq!((again.status, again.code()), (409, "PossibleDuplicate"));
    let prefer = world.post("/mass-payments").header("Prefer", "respond-async");
    sent["allow_duplicate"] = json!(true);
    assert_eq!(answer(prefer.json(&sent)).await.status, 202);
}

#[tokio::test]
async fn callers_who_have_moved_are_answered_at_once() {
    let world = World::idle(|_| (), "mode = \"sync\"").await;
    let uuid = uuid::Uuid::now_v7().to_string();
    let said = [("Idempotency-Key", "k"), ("Operation-Id", &uuid), ("Prefer", "respond-async")];
    for (number, (name, value)) in said.into_iter().enumerate() {
        let sent = batch(&format!("payroll-{number}"), 1, 0);
        // Nobody works here: who is kept waiting is so for 25 seconds.
        let request = world.post("/mass-payments").timeout(Duration::from_secs(15));
        let answer = answer(request.header(name, value).json(&sent)).await;
        assert_eq!(answer.status, 202, "{name}");
    }
}

/// Its value date may be past at the retry, or the time to confirm it, as here.
#[tokio::test]
async fn a_retry_is_the_same_mass_payment_though_its_dates_are_past() {
    let world = World::idle(|_| (), "").await;
    let mut sent = batch("payroll", 1, 0);
    let over = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    sent["confirm_by"] = json!(over.to_string());
    let first = world.accepted(&sent).await;
    eventually("the dates are past", async || (jiff::Timestamp::now() > over).then_some(())).await;
    let again = world.send(&sent).await;
    assert_eq!((again.status, again.id()), (202, first), "{again:?}");
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = world.post("/mass-payments").header("Idempotency-Key", "other").json(&sent);
    assert_eq!(answer(other).await.code(), "ValidationFailed");
}

#[tokio::test]
async fn who_waits_is_told_when_somebody_must_decide() {
    let world = World::start().await;
    let request = world
        .post("/mass-payments")
        .header("Idempotency-Key", "k")
        .header("Prefer", "wait=20")
        .json(&batch("payroll", 2, 1));
    let held = answer(request).await;
    assert_eq!((held.status, &held.body["status"]), (202, &json!("AwaitingConfirmation")));
    assert_eq!(held.body["errorCount"], 1);
}

#[tokio::test]
async fn a_key_has_its_own_mode_and_its_own_tenant() {
    let mut world = World::idle(|_| (), "").await;
    world.work();
    let key = |dice: u8, tenant: &str, mode: &str| {
        let secret = ApiKeySecret::generate([dice; 40]);
        let settings = [("mass_payments.mode".to_owned(), mode.to_owned())].into();
        let key = secret.key(Tenant::new(tenant).unwrap(), settings, world.store.now());
        (secret.shown(), OperatorCommit::api_key(key))
    };
    let (acme, stored) = key(1, "acme", "sync");
    world.store.commit(stored.into()).await.unwrap();
    let (other, stored) = key(2, "other", "async");
    world.store.commit(stored.into()).await.unwrap();

    let mut sent = batch("payroll", 1, 0);
    sent["accept_immediately"] = json!(true);
    let result = answer(world.post("/mass-payments").bearer_auth(&acme).json(&sent)).await;
    assert_eq!(result.status, 200, "{result:?}");
    let refused = answer(world.post("/mass-payments").bearer_auth(&other).json(&sent)).await;
    assert_eq!(refused.code(), "IdempotencyKeyMissing");

    let path = format!("/mass-payments/{}", result.id());
    for below in ["", "/payments"] {
        let path = format!("{path}{below}");
        assert_eq!(answer(world.get(&path).bearer_auth(&acme)).await.status, 200);
        let foreign = answer(world.get(&path).bearer_auth(&other)).await;
        assert_eq!((foreign.status, foreign.code()), (404, "OperationNotFound"));
    }
}

#[tokio::test]
async fn mass_payments_are_found_by_reference_and_status() {
    let mut world = World::idle(|_| (), "").await;
    let mut ids = Vec::new();
    for reference in ["a", "b", "c"] {
        ids.push(world.accepted(&batch(reference, 1, 0)).await);
    }
    world.act(&ids[1], "cancel", json!({})).await;
    assert_eq!(listed(&world, "").await, ["c", "b", "a"]);
    assert_eq!(listed(&world, "?reference=b").await, ["b"]);
    assert_eq!(listed(&world, "?status=queued_for_processing&x=y").await, ["c", "a"]);
    assert_eq!(listed(&world, "?status=canceled").await, ["b"]);
    let refused = answer(world.get("/mass-payments?status=Running")).await;
    assert_eq!((refused.status, refused.code()), (422, "ValidationFailed"));

    world.work();
    world.until(&ids[0], "processed").await;
    world.until(&ids[2], "processed").await;
    assert_eq!(listed(&world, "?status=processed").await, ["c", "a"]);

    let first = answer(world.get("/mass-payments?pageSize=2&status=processed&reference=a")).await;
    assert_eq!(first.body.get("nextLink"), None);
    let first = answer(world.get("/mass-payments?pageSize=2")).await;
    let rest = answer(world.get(first.body["nextLink"].as_str().unwrap())).await;
    assert_eq!(references(&rest.body), ["a"]);
}

async fn listed(world: &World, query: &str) -> Vec<String> {
    references(&answer(world.get(&format!("/mass-payments{query}"))).await.body)
}

fn references(list: &Value) -> Vec<String> {
    let items = list["value"].as_array().unwrap().iter();
    items.map(|item| item["reference"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let world = World::idle(|_| (), "").await;
    let id = world.accepted(&batch("payroll", 1, 0)).await;
    let path = format!("/mass-payments/{id}");
    let shown = answer(world.get(&path)).await;
    let tag = shown.headers["etag"].clone();
    assert_eq!(tag, answer(world.get(&format!("/operations/{id}"))).await.headers["etag"]);
    let unchanged = answer(world.get(&path).header("If-None-Match", &tag)).await;
    assert_eq!((unchanged.status, &unchanged.headers["etag"]), (304, &tag));
    let stale = world.post(&format!("{path}:cancel")).header("If-Match", "\"7\"");
    assert_eq!(answer(stale).await.code(), "EtagMismatch");
    world.act(&id, "cancel", json!({})).await;
    assert_eq!(answer(world.get(&path).header("If-None-Match", &tag)).await.status, 200);
}

#[tokio::test]
async fn payments_are_shown_as_the_back_office_has_them() {
    let world = World::start().await;
    let id = world.accepted(&batch("payroll", 2, 1)).await;
    world.until(&id, "processed").await;
    let path = format!("/mass-payments/{id}/payments");
    let all = answer(world.get(&path)).await.body;
    assert_eq!(all["back_office"], "available");
    let statuses: Vec<&Value> =
        all["items"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, ["accepted", "accepted", "rejected"]);

    let rejected = answer(world.get(&format!("{path}?status=rejected"))).await.body;
    let expected = json!([{
        "line_id": "payroll-2", "index": 2, "status": "rejected", "amount": "12.50",
        "currency": "EUR",
        "error": {"code": "AccountClosed", "message": "the account is closed"},
    }]);
    assert_eq!(rejected["items"], expected);
    assert_eq!(answer(world.get(&format!("{path}?status=lost"))).await.code(), "ValidationFailed");
}

#[tokio::test]
async fn when_the_back_office_is_away_the_last_known_state_is_shown() {
    let mut world = World::start().await;
    let id = world.accepted(&batch("payroll", 2, 1)).await;
    world.until(&id, "processed").await;
    world.bank.stop().await;
    let shown = answer(world.get(&format!("/mass-payments/{id}/payments"))).await;
    assert_eq!((shown.status, &shown.body["back_office"]), (200, &json!("unavailable")));
    assert_eq!(shown.body["items"], json!([]));
    assert_eq!(shown.body["mass_payment"]["counts"]["rejected"], 1);
    assert_eq!(world.mass_payment(&id).await["status"], "processed");
}

#[tokio::test]
async fn a_slow_back_office_does_not_make_the_answer_slow() {
    let world = World::scripted("lines:hang").await;
    // Without errors the worker has no reason to look at the lines.
    let id = world.accepted(&batch("payroll", 2, 0)).await;
    world.until(&id, "processed").await;
    let path = format!("/mass-payments/{id}/payments");
    let asked = std::time::Instant::now();
    let slow = answer(world.get(&path)).await;
    assert_eq!((slow.status, &slow.body["back_office"]), (200, &json!("unavailable")));
    assert!(asked.elapsed() < std::time::Duration::from_secs(3), "{:?}", asked.elapsed());
    assert_eq!(answer(world.get(&path)).await.body["back_office"], "available");
}

/// The same tenant's, but no mass payment.
#[tokio::test]
async fn the_operation_of_another_kind_is_no_mass_payment() {
    let world = World::idle(|_| (), "").await;
    let kind = Kind::new("test.other").unwrap();
    let id = OperationId::new(world.store.now(), [7; 10]);
    let operation = Operation::accepted(id, Tenant::default(), kind.clone(), world.store.now());
    let job: NewJob = serde_json::from_value(json!({
        "id": uuid::Uuid::now_v7(), "tenant": "default", "operation": id, "kind": kind,
        "version": 1, "input": Payload::new(b"{}".to_vec()), "queue": "default",
        "priority": 100, "due": "Now", "stage": null, "trace": null,
    }))
    .unwrap();
    let commit = ApiCommit::new(Tenant::default()).accept(operation, job, world.store.now());
    world.store.commit(commit.into()).await.unwrap();

    assert_eq!(world.operation(&id.to_string()).await["status"], "NotStarted");
    for below in ["", "/payments"] {
        let path = format!("/mass-payments/{id}{below}");
        assert_eq!(answer(world.get(&path)).await.status, 404, "{path}");
    }
    assert_eq!(world.act(&id.to_string(), "cancel", json!({})).await.status, 404);
    assert_eq!(world.operation(&id.to_string()).await["status"], "NotStarted");
    assert_eq!(listed(&world, "").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_unknown_is_not_found() {
    let world = World::idle(|_| (), "").await;
    for id in [uuid::Uuid::now_v7().to_string(), "7".into(), "%FF".into()] {
        for path in [format!("/mass-payments/{id}"), format!("/mass-payments/{id}/payments")] {
            assert_eq!(answer(world.get(&path)).await.status, 404, "{path}");
        }
        for verb in ["confirm", "reject", "cancel", "explode"] {
            let path = format!("/mass-payments/{id}:{verb}");
            assert_eq!(answer(world.post(&path)).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn the_api_is_described() {
    let world = World::idle(|_| (), "").await;
    let document = answer(world.get("/openapi.json")).await.body;
    for (path, method) in [
        ("/mass-payments", "post"),
        ("/mass-payments", "get"),
        ("/mass-payments/{id}", "get"),
        ("/mass-payments/{id}/payments", "get"),
        ("/mass-payments/{id}:confirm", "post"),
        ("/mass-payments/{id}:reject", "post"),
        ("/mass-payments/{id}:cancel", "post"),
    ] {
        assert!(document["paths"][path][method]["operationId"].is_string(), "{method} {path}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["MassPayment", "MassPaymentView", "MassPaymentResult"] {
        assert!(schemas.contains_key(name), "{name}");
    }
}
