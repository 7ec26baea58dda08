//! Lists, in parts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::{Rig, header, refusal};

async fn list(rig: &Rig, path: &str) -> (Vec<String>, Option<String>) {
    let response = rig.get(path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let linked = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
    let document: Value = response.json().await.unwrap();
    let next = document["nextLink"].as_str().map(str::to_owned);
    assert_eq!(linked, next.as_ref().map(|next| format!("<{next}>; rel=\"next\"")));
    let items = document["value"].as_array().unwrap().iter();
    let next = next.map(|next| next.strip_prefix(&rig.url("")).unwrap().to_owned());
    (items.map(|item| item["id"].as_str().unwrap().to_owned()).collect(), next)
}

#[tokio::test]
async fn operations_are_listed_newest_first_and_stay_so_under_inserts() {
    let rig = Rig::new().await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        rig.clock.advance(Duration::from_millis(5));
        ids.push(rig.accept().await.to_string());
    }
    ids.reverse();
    let (first, next) = list(&rig, "/operations?pageSize=3&api-version=2026-01-01").await;
    assert_eq!(first, ids[..3]);
    rig.clock.advance(Duration::from_millis(5));
    rig.accept().await;
    let next = next.unwrap();
    assert!(next.contains("api-version=2026-01-01"), "the query is kept: {next}");
    let (second, next) = list(&rig, &next).await;
    assert_eq!(second, ids[3..6]);
    let (third, next) = list(&rig, &next.unwrap()).await;
    assert_eq!((third.as_slice(), next), (&ids[6..], None));
}

#[tokio::test]
async fn lists_are_filtered() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let done = rig.accept().await.to_string();
    hand.begin().await.complete(json!(1)).await;
    rig.charge("/staged").send().await.unwrap();
    assert_eq!(list(&rig, "/operations?status=Succeeded").await.0, [done]);
    assert_eq!(list(&rig, "/operations?kind=billing.charge").await.0.len(), 2);
    assert_eq!(list(&rig, "/operations?kind=other").await.0.len(), 0);
    assert_eq!(list(&rig, "/operations?correlation=order-123").await.0.len(), 1);
    for wrong in ["status=Done", "kind=NO"] {
        let refused = refusal(rig.get(&format!("/operations?{wrong}"))).await;
        assert_eq!(refused, (422, "ValidationFailed".to_owned()), "{wrong}");
    }
}

#[tokio::test]
async fn sizes_and_tokens_are_checked() {
    let rig = Rig::new().await;
    for size in ["-1", "x", "1.5"] {
        let refused = refusal(rig.get(&format!("/operations?pageSize={size}"))).await;
        assert_eq!(refused, (400, "InvalidPageSize".to_owned()));
    }
    for token in ["x", "AAAA", "%00"] {
        let refused = refusal(rig.get(&format!("/operations?pageToken={token}"))).await;
        assert_eq!(refused, (400, "InvalidPageToken".to_owned()));
    }
    assert_eq!(list(&rig, "/operations?pageSize=100000").await.0.len(), 0);
}

#[tokio::test]
async fn item_errors_are_shown_in_part_and_listed_in_full() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    held.item_errors(150).await;
    let document = rig.status(id).await;
    assert_eq!(document["errorCount"], 150);
    let errors = document["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 100);
    let seventh = json!({
        "code": "AccountClosed", "message": "Line 7 can't be paid.", "target": "/lines/7",
        "pointer": "#/lines/7", "detail": "Line 7 can't be paid.",
    });
    assert_eq!(errors[7], seventh);

    let mut path = Some(format!("/operations/{id}/errors?pageSize=60"));
    let mut targets = Vec::new();
    while let Some(next) = path {
        let response = rig.get(&next).send().await.unwrap();
        let document: Value = response.json().await.unwrap();
        let page = document["value"].as_array().unwrap();
        targets.extend(page.iter().map(|error| error["target"].as_str().unwrap().to_owned()));
        let link = document["nextLink"].as_str();
        path = link.map(|link| link.strip_prefix(&rig.url("")).unwrap().to_owned());
    }
    let expected: Vec<String> = (0..150).map(|number| format!("/lines/{number}")).collect();
    assert_eq!(targets, expected);
}

#[tokio::test]
async fn a_list_is_revalidated() {
    let rig = Rig::new().await;
    let response = rig.get("/operations").send().await.unwrap();
    assert_eq!(header(&response, "cache-control"), "private, no-cache");
}
