//! Polling: §4 of the contract.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use deferral_http::{Limits, Settings};
use serde_json::{Value, json};

use crate::faults::{unchanging, until_waited_for};
use crate::rig::{Rig, has, header, id_of, problem, refusal};

#[tokio::test]
async fn a_poll_is_answered_200_whatever_the_status() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let path = format!("/operations/{id}");
    let response = rig.get(&path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "etag"), "\"1\"");
    assert_eq!(header(&response, "cache-control"), "private, no-cache");
    assert_eq!(header(&response, "retry-after"), "1");
    assert_eq!(header(&response, "operation-id"), id.to_string());
    assert_eq!(header(&response, "vary"), "Prefer, Accept, Authorization");
    hand.begin().await.fail("AccountClosed").await;
    let response = rig.get(&path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!has(&response, "retry-after"), "there is nothing to wait for");
}

#[tokio::test]
async fn who_knows_the_version_gets_304() {
    let rig = Rig::new().await;
    let path = format!("/operations/{}", rig.accept().await);
    for tag in ["\"1\"", "W/\"1\"", "\"x\", \"1\"", "*"] {
        let response = rig.get(&path).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(response.status(), 304, "{tag}");
        assert_eq!(header(&response, "etag"), "\"1\"");
        assert_eq!(header(&response, "cache-control"), "private, no-cache");
        assert!(has(&response, "retry-after") && has(&response, "operation-id"));
        assert!(response.bytes().await.unwrap().is_empty());
    }
    let other = rig.get(&path).header("if-none-match", "\"2\"").send().await.unwrap();
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn the_tag_changes_with_every_visible_change_and_only_then() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}", rig.accept().await);
    let held = hand.begin().await;
    let mut tags = Vec::new();
    for completed in 0..3 {
        held.progress(completed, 3).await;
        for _ in 0..2 {
            let response = rig.get(&path).send().await.unwrap();
            tags.push(header(&response, "etag").to_owned());
        }
    }
    assert_eq!(tags, ["\"3\"", "\"3\"", "\"4\"", "\"4\"", "\"5\"", "\"5\""]);
}

#[tokio::test]
async fn a_long_poll_waits_for_the_end() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}", rig.accept().await);
    let asked = tokio::spawn(rig.get(&path).header("prefer", "wait=60").send());
    let held = hand.begin().await;
    held.progress(1, 2).await;
    held.complete(json!(1)).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!(header(&response, "preference-applied"), "wait=30");
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "Succeeded");
}

#[tokio::test]
async fn a_long_poll_ends_when_somebody_must_confirm() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}", rig.accept().await);
    let asked = tokio::spawn(rig.get(&path).header("prefer", "wait=60").send());
    hand.begin().await.hold(Value::Null).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!(header(&response, "retry-after"), "30");
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "AwaitingConfirmation");
}

#[tokio::test]
async fn a_long_poll_with_a_tag_waits_for_the_next_change() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}", rig.accept().await);
    let held = hand.begin().await;
    let poll = rig.get(&path).header("prefer", "wait=20").header("if-none-match", "\"2\"");
    let asked = tokio::spawn(poll.send());
    held.progress(1, 2).await;
    let response = asked.await.unwrap().unwrap();
    assert_eq!((response.status().as_u16(), header(&response, "etag")), (200, "\"3\""));
}

#[tokio::test]
async fn a_long_poll_without_news_ends_in_304_or_in_the_state_then() {
    let settings = Settings { wait_cap: Duration::from_millis(30), ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let path = format!("/operations/{}", rig.accept().await);
    let poll = || rig.get(&path).header("prefer", "wait=9");
    let response = poll().header("if-none-match", "\"1\"").send().await.unwrap();
    assert_eq!(response.status(), 304);
    assert_eq!(header(&response, "preference-applied"), "wait=0");
    assert_eq!(poll().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_known_end_is_not_waited_for() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let path = format!("/operations/{}", rig.accept().await);
    hand.begin().await.complete(json!(1)).await;
    let poll = rig.get(&path).header("prefer", "wait=30").header("if-none-match", "\"3\"");
    let response = poll.timeout(Duration::from_secs(10)).send().await.unwrap();
    assert_eq!(response.status(), 304);
}

#[tokio::test]
async fn many_wait_for_many_operations_at_once() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let mut polls = Vec::new();
    for _ in 0..20 {
        let path = format!("/operations/{}", rig.accept().await);
        for _ in 0..3 {
            polls.push(tokio::spawn(rig.get(&path).header("prefer", "wait=30").send()));
        }
    }
    for number in 0..20 {
        hand.begin().await.complete(json!(number)).await;
    }
    for poll in polls {
        let document: Value = poll.await.unwrap().unwrap().json().await.unwrap();
        assert_eq!(document["status"], "Succeeded");
    }
}

#[tokio::test]
async fn too_many_waiters_are_answered_without_waiting() {
    let settings = Settings { waiters: 0, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let path = format!("/operations/{}", rig.accept().await);
    let poll = rig.get(&path).header("prefer", "wait=30").timeout(Duration::from_secs(10));
    let response = poll.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!has(&response, "preference-applied"), "nobody waited");
    let start = rig.charge("/charges").header("prefer", "wait=30").send().await.unwrap();
    assert_eq!(start.status(), 202);
    assert!(!has(&start, "preference-applied"), "nobody waited");
}

#[tokio::test]
async fn a_tenant_has_a_share_of_the_places_to_wait() {
    let settings = Settings { waiters_per_tenant: 0, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let path = format!("/operations/{}", rig.accept().await);
    let poll = rig.get(&path).header("prefer", "wait=30").timeout(Duration::from_secs(10));
    assert!(!has(&poll.send().await.unwrap(), "preference-applied"));
}

#[tokio::test]
async fn who_waited_for_what_is_gone_meanwhile_is_told_so() {
    for starts in [false, true] {
        let settings = Settings { wait_cap: Duration::from_millis(500), ..Settings::default() };
        let waits = Arc::new(AtomicBool::new(false));
        let rig = Rig::over(settings, Limits::default(), unchanging(Arc::clone(&waits))).await;
        let hand = rig.hand().await;
        let send = || rig.charge("/charges").header("idempotency-key", "k");
        let id = id_of(&send().send().await.unwrap());
        let request = if starts { send() } else { rig.get(&format!("/operations/{id}")) };
        let waiting = tokio::spawn(request.header("prefer", "wait=9").send());
        until_waited_for(&waits).await;
        hand.begin().await.complete(json!(1)).await;
        rig.clock.advance(Duration::from_secs(8 * 24 * 3600));
        let (status, code, _) = problem(waiting.await.unwrap().unwrap()).await;
        assert_eq!((status, code.as_str()), (410, "OperationExpired"));
    }
}

#[tokio::test]
async fn what_has_expired_is_gone_and_what_never_was_is_not_found() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.complete(json!(1)).await;
    rig.clock.advance(Duration::from_secs(8 * 24 * 3600));
    for path in ["", "/result", "/events", "/errors", ":cancel", ":confirm", ":reject"] {
        let path = format!("/operations/{id}{path}");
        let request = if path.contains(':') { rig.post(&path) } else { rig.get(&path) };
        let response = request.send().await.unwrap();
        assert!(!has(&response, "retry-after"), "clients would try again");
        assert_eq!(response.status(), 410, "{path}");
    }
    let unknown = "/operations/01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["", "/result", "/events", "/errors"] {
        let refused = refusal(rig.get(&format!("{unknown}{path}"))).await;
        assert_eq!(refused, (404, "OperationNotFound".to_owned()), "{path}");
    }
    let refused = refusal(rig.request(reqwest::Method::DELETE, &format!("/operations/{id}")));
    assert_eq!(refused.await, (410, "OperationExpired".to_owned()));
}

#[tokio::test]
async fn head_says_what_get_says_without_the_body() {
    let rig = Rig::new().await;
    let path = format!("/operations/{}", rig.accept().await);
    let response = rig.request(reqwest::Method::HEAD, &path).send().await.unwrap();
    assert_eq!((response.status().as_u16(), header(&response, "etag")), (200, "\"1\""));
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_nobody_can_send_is_not_acceptable() {
    let rig = Rig::new().await;
    let path = format!("/operations/{}", rig.accept().await);
    let refused = refusal(rig.get(&path).header("accept", "text/csv")).await;
    assert_eq!(refused, (406, "NotAcceptable".to_owned()));
}
