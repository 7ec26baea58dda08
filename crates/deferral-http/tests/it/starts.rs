//! Starting: §2 of the contract.

use std::time::Duration;

use deferral_core::{JobQuery, Store as _};
use serde_json::{Value, json};

use crate::rig::{Rig, has, header, id_of, problem, refusal};

#[tokio::test]
async fn a_202_promises_and_says_where_to_look() {
    let rig = Rig::new().await;
    let response = rig.charge("/charges").send().await.unwrap();
    assert_eq!(response.status(), 202);
    let monitor = rig.url(&format!("/operations/{}", id_of(&response)));
    assert_eq!(header(&response, "operation-location"), monitor);
    assert_eq!(header(&response, "content-location"), monitor);
    assert_eq!(header(&response, "location"), format!("{monitor}/result"));
    assert_eq!(header(&response, "retry-after"), "1");
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(header(&response, "vary"), "Prefer, Accept, Authorization");
    assert_eq!(header(&response, "deferral-durability"), "volatile");
    assert_eq!(header(&response, "content-type"), "application/json");
    assert!(!has(&response, "preference-applied") && !has(&response, "idempotent-replayed"));
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["status"], "NotStarted");
}

#[tokio::test]
async fn who_says_nothing_gets_the_default_of_the_mode() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let answers = [("/charges", 202), ("/always-async", 202), ("/hasty", 202)];
    for (path, status) in answers {
        assert_eq!(rig.charge(path).send().await.unwrap().status(), status, "{path}");
        hand.begin().await.complete(json!(1)).await;
    }
    for path in ["/sync", "/never-async"] {
        let asked = tokio::spawn(rig.charge(path).send());
        hand.begin().await.complete(json!({"receipt": 7})).await;
        let response = asked.await.unwrap().unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert!(!has(&response, "preference-applied"));
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"receipt": 7}));
    }
}

#[tokio::test]
async fn respond_async_is_answered_at_once() {
    let rig = Rig::new().await;
    for path in ["/charges", "/sync", "/hasty", "/always-async"] {
        let request = rig.charge(path).header("prefer", "respond-async");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 202, "{path}");
        assert_eq!(header(&response, "preference-applied"), "respond-async");
    }
    let hand = rig.hand().await;
    for _ in 0..4 {
        hand.begin().await.complete(Value::Null).await;
    }
    let never = rig.charge("/never-async").header("prefer", "respond-async");
    let never = tokio::spawn(never.send());
    hand.begin().await.complete(json!("done")).await;
    let response = never.await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    assert!(!has(&response, "preference-applied"));
}

#[tokio::test]
async fn a_wait_is_answered_with_the_result_if_it_comes_in_time() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    for prefer in ["wait=20", "respond-async, wait=60"] {
        let asked = tokio::spawn(rig.charge("/charges").header("prefer", prefer).send());
        hand.begin().await.complete(json!({"status": "failed"})).await;
        let response = asked.await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        let applied = if prefer == "wait=20" { "wait=20" } else { "wait=30" };
        assert_eq!(header(&response, "preference-applied"), applied);
        assert!(!has(&response, "operation-location"), "clients would follow it");
        assert!(!has(&response, "retry-after"));
        let result = rig.url(&format!("/operations/{}/result", id_of(&response)));
        assert_eq!(header(&response, "content-location"), result);
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"status": "failed"}));
    }
}

#[tokio::test]
async fn a_wait_that_is_over_ends_in_a_202() {
    let rig = Rig::new().await;
    let response = rig.charge("/charges").header("prefer", "wait=0").send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(header(&response, "preference-applied"), "wait=0");
}

#[tokio::test]
async fn always_async_waits_and_still_says_202_with_no_end_in_it() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/always-async").header("prefer", "wait=20").send());
    hand.begin().await.complete(json!(1)).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(header(&response, "preference-applied"), "wait=20");
    let document: Value = response.json().await.unwrap();
    assert_eq!((&document["status"], &document["done"]), (&json!("NotStarted"), &json!(false)));
}

#[tokio::test]
async fn a_wait_ends_when_somebody_must_confirm() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/charges").header("prefer", "wait=20").send());
    hand.begin().await.hold(Value::Null).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(header(&response, "retry-after"), "30");
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["status"], "AwaitingConfirmation");
}

#[tokio::test]
async fn a_result_that_says_nothing_has_no_body() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/sync").send());
    hand.begin().await.complete(Value::Null).await;
    assert_eq!(asked.await.unwrap().unwrap().status(), 204);
    let minimal = rig.charge("/sync").header("prefer", "return=minimal");
    let asked = tokio::spawn(minimal.send());
    hand.begin().await.complete(json!({"much": "text"})).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(header(&response, "preference-applied"), "return=minimal");
    assert!(header(&response, "content-location").ends_with("/result"));
}

#[tokio::test]
async fn an_end_that_is_no_success_is_a_problem_of_the_caller() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/sync").send());
    hand.begin().await.fail("AccountClosed").await;
    let response = asked.await.unwrap().unwrap();
    let monitor = rig.url(&format!("/operations/{}", id_of(&response)));
    let (status, code, document) = problem(response).await;
    assert_eq!((status, code.as_str()), (422, "AccountClosed"));
    assert_eq!(document["operation"], monitor);

    let asked = tokio::spawn(rig.charge("/sync").send());
    let held = hand.begin().await;
    rig.act(held.operation().await.id, "cancel").await;
    held.stop().await;
    let (status, code, _) = problem(asked.await.unwrap().unwrap()).await;
    assert_eq!((status, code.as_str()), (409, "OperationCanceled"));
}

#[tokio::test]
async fn preferences_are_never_an_error() {
    let rig = Rig::new().await;
    for prefer in ["wait=soon", "=,;", "handling=lenient", "wait=-1; x=\"", "return=minimal"] {
        let response = rig.charge("/charges").header("prefer", prefer).send().await.unwrap();
        assert_eq!(response.status(), 202, "{prefer}");
        assert!(!has(&response, "preference-applied"), "{prefer}");
        let document: Value = response.json().await.unwrap();
        assert_eq!(document["done"], false, "a 202 always has its document");
    }
}

#[tokio::test]
async fn the_caller_may_choose_the_id() {
    let rig = Rig::new().await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["/charges", "/staged"] {
        let given = id.replace("ac96", if path == "/staged" { "ac97" } else { "ac96" });
        let response = rig.charge(path).header("operation-id", &given).send().await.unwrap();
        assert_eq!(header(&response, "operation-id"), given);
    }
    for id in ["1", "01890a5dac96774bbcceb302099a8057", "not-a-uuid-not-a-uuid-not-a-uuid-xxx"] {
        let refused = refusal(rig.charge("/charges").header("operation-id", id)).await;
        assert_eq!(refused, (400, "OperationIdInvalid".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn a_job_without_operation_is_enqueued() {
    let rig = Rig::new().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let response = rig.charge("/enqueue").header("traceparent", trace).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let query = JobQuery { limit: 10, ..JobQuery::default() };
    let jobs = rig.memory.jobs(&query).await.unwrap().page.items;
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].operation, jobs[0].trace.as_deref()), (None, Some(trace)));
}

#[tokio::test]
async fn a_waiting_caller_who_leaves_takes_nothing_along() {
    let rig = Rig::new().await;
    let asked = rig.charge("/sync").header("idempotency-key", "k").send();
    let left = tokio::time::timeout(Duration::from_millis(100), asked).await;
    assert!(left.is_err());
    let hand = rig.hand().await;
    hand.begin().await.complete(json!(5)).await;
    let again = rig.charge("/sync").header("idempotency-key", "k").send().await.unwrap();
    assert_eq!((again.status().as_u16(), has(&again, "idempotent-replayed")), (200, true));
}
