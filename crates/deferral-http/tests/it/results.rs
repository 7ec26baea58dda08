//! The result: §5 of the contract.

use deferral_http::{Limits, Settings};
use serde_json::{Value, json};

use crate::rig::{Rig, has, header, problem};

#[tokio::test]
async fn a_result_that_is_not_there_yet_is_a_202() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let path = format!("/operations/{id}/result");
    let response = rig.get(&path).send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(header(&response, "location"), rig.url(&path));
    let monitor = rig.url(&format!("/operations/{id}"));
    assert_eq!(header(&response, "operation-location"), monitor);
    assert_eq!(header(&response, "content-location"), monitor);
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(header(&response, "retry-after"), "1");
    assert_eq!(header(&response, "deferral-durability"), "volatile");
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "NotStarted");
}

#[tokio::test]
async fn a_result_is_the_result_alone() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}/result", rig.accept().await);
    let asked = tokio::spawn(rig.get(&path).header("prefer", "wait=30").send());
    hand.begin().await.complete(json!({"status": "failed", "n": 1})).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "etag"), "\"3\"");
    assert!(!has(&response, "operation-location") && !has(&response, "retry-after"));
    assert_eq!(response.json::<Value>().await.unwrap(), json!({"status": "failed", "n": 1}));
    let known = rig.get(&path).header("if-none-match", "\"3\"").send().await.unwrap();
    assert_eq!(known.status(), 304);
}

#[tokio::test]
async fn a_result_that_says_nothing_is_a_204() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}/result", rig.accept().await);
    hand.begin().await.complete(Value::Null).await;
    assert_eq!(rig.get(&path).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn where_there_is_no_result_stands_424() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let failed = rig.accept().await;
    hand.begin().await.fail("AccountClosed").await;
    let canceled = rig.accept().await;
    rig.act(canceled, "cancel").await;
    for (id, code) in [(failed, "AccountClosed"), (canceled, "OperationCanceled")] {
        let response = rig.get(&format!("/operations/{id}/result")).send().await.unwrap();
        assert!(!has(&response, "retry-after"), "clients would try again");
        let (status, found, document) = problem(response).await;
        assert_eq!((status, found.as_str()), (424, code));
        assert_eq!(document["operation"], rig.url(&format!("/operations/{id}")));
    }
}

#[tokio::test]
async fn a_large_result_stands_under_its_own_url_only() {
    let settings = Settings { inline_result: 100, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let result = json!({"text": "x".repeat(100)});
    hand.begin().await.complete(result.clone()).await;
    let document = rig.status(id).await;
    assert!(document.get("result").is_none());
    let url = document["links"]["result"].as_str().unwrap();
    let path = url.strip_prefix(&rig.url("")).unwrap();
    assert_eq!(rig.get(path).send().await.unwrap().json::<Value>().await.unwrap(), result);
}
