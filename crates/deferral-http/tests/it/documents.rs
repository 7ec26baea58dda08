//! What answers look like as a whole: snapshots with ids and ports made the same.

use std::time::Duration;

use deferral_core::{Attention, Change};
use deferral_http::{Limits, Settings};
use reqwest::Response;
use serde_json::{Value, json};

use crate::rig::{Rig, id_of};

/// Status line, headers in order of name, body; without what differs from run to run.
async fn shown(rig: &Rig, response: Response) -> String {
    let status = response.status();
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = response.text().await.unwrap();
    let body = match serde_json::from_str::<Value>(&body) {
        Ok(document) => serde_json::to_string_pretty(&document).unwrap(),
        Err(_) => body,
    };
    let text = format!("{status}\n{}\n\n{body}", headers.join("\n"));
    without_ids(&text.replace(&rig.address.to_string(), "localhost"))
}

fn without_ids(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.char_indices().map(|(at, _)| at).find(|at| is_id(&rest[*at..])) {
        shown.push_str(&rest[..at]);
        shown.push_str("<id>");
        rest = &rest[at + 36..];
    }
    shown + rest
}

fn is_id(text: &str) -> bool {
    text.get(..36).is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
}

macro_rules! snapshot {
    ($rig:expr, $name:literal, $response:expr) => {
        insta::assert_snapshot!($name, shown(&$rig, $response).await)
    };
}

#[tokio::test]
async fn a_life() {
    let public_url = Some("https://api.example.com".to_owned());
    let kind = "billing.charge".parse().unwrap();
    let resources = [(kind, "/orders/{id}".to_owned())].into();
    let settings = Settings { public_url, resources, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let hand = rig.hand().await;
    let accept = || rig.charge("/staged").header("prefer", "respond-async");
    let accepted = accept().send().await.unwrap();
    let id = id_of(&accepted);
    let get = |below: &str| rig.get(&format!("/operations/{id}{below}"));
    snapshot!(rig, "accepted", accepted);

    rig.clock.advance(Duration::from_millis(1500));
    let held = hand.begin().await;
    held.progress(1, 3).await;
    held.item_errors(1).await;
    let reason = "nobody knows what happened".to_owned();
    let attention = Attention { reason, since: deferral_testing::TestClock::START };
    held.change([Change::Verifying(true), Change::Attention(Some(attention))]).await;
    snapshot!(rig, "running", get("").send().await.unwrap());
    held.change([Change::Verifying(false), Change::Attention(None)]).await;

    held.hold(json!({"accept_errors": true})).await;
    snapshot!(rig, "awaiting_confirmation", get("").send().await.unwrap());
    rig.clock.advance(Duration::from_secs(60));
    let body = json!({"comment": "checked", "data": {"accept_errors": true}});
    let confirm = rig.post(&format!("/operations/{id}:confirm")).json(&body);
    snapshot!(rig, "confirmed", confirm.send().await.unwrap());
    hand.claim().await.complete(json!({"receipt": 7})).await;
    snapshot!(rig, "succeeded", get("").send().await.unwrap());
    snapshot!(rig, "result", get("/result").send().await.unwrap());
    snapshot!(rig, "errors", get("/errors").send().await.unwrap());
    snapshot!(rig, "list", rig.get("/operations?pageSize=1").send().await.unwrap());
}

#[tokio::test]
async fn ends_that_are_no_success() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.fail("AccountClosed").await;
    let get = |below: &str| rig.get(&format!("/operations/{id}{below}"));
    snapshot!(rig, "failed", get("").send().await.unwrap());
    snapshot!(rig, "no_result", get("/result").send().await.unwrap());
    let canceled = rig.accept().await;
    snapshot!(rig, "canceled", rig.act(canceled, "cancel").await);
    snapshot!(rig, "canceled_before", rig.act(canceled, "cancel").await);
}

#[tokio::test]
async fn refusals() {
    let rig = Rig::new().await;
    let body = json!({"cents": "many"});
    snapshot!(rig, "validation", rig.post("/charges").json(&body).send().await.unwrap());
    snapshot!(rig, "not_found", rig.get("/operations/x").send().await.unwrap());
    let method = rig.request(reqwest::Method::DELETE, "/operations");
    snapshot!(rig, "method_not_allowed", method.send().await.unwrap());
    rig.api.drain();
    snapshot!(rig, "draining", rig.charge("/charges").send().await.unwrap());
}
