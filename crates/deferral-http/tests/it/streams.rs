//! Server-sent events: §9 of the contract, frame by frame.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::OperatorCommit;
use deferral_core::{Change, Clock as _, OperationId, Progress, Store as _};
use deferral_http::{Limits, Settings};
use serde_json::{Value, json};

use crate::auth::store_key;
use crate::faults::unchanging;
use crate::raw::Raw;
use crate::rig::{Rig, id_of, refusal};

const SSE: &str = "accept: text/event-stream\r\n";
const LATER: &str = ": ok\nretry: 2000\n";

async fn open(rig: &Rig, id: OperationId, headers: &str) -> (String, Raw) {
    let mut raw = Raw::get(rig.address, &format!("/operations/{id}/events"), headers).await;
    let head = raw.until("\r\n\r\n").await;
    (head, raw)
}

/// One event: its id, its name, its document.
fn event(block: &str) -> (u64, String, Value) {
    let field = |name: &str| {
        let line = block.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("no {name} in {block:?}"))[name.len()..].to_owned()
    };
    let data: Value = serde_json::from_str(&field("data: ")).unwrap();
    (field("id: ").parse().unwrap(), field("event: "), data)
}

async fn next(raw: &mut Raw) -> (u64, String, Value) {
    event(&raw.until("\n\n").await)
}

#[tokio::test]
async fn a_stream_tells_every_change_and_ends_with_the_last() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let (head, mut raw) = open(&rig, id, "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"));
    for line in [
        "content-type: text/event-stream; charset=utf-8\r\n",
        "cache-control: no-cache\r\n",
        "x-accel-buffering: no\r\n",
        "vary: Prefer, Accept, Authorization\r\n",
    ] {
        assert!(head.contains(line), "{line:?} in {head}");
    }
    assert!(!head.contains("content-encoding"));

    let snapshot = raw.until("\n\n").await;
    assert!(snapshot.starts_with(": ok\nid: 1\nevent: snapshot\nretry: 2000\ndata: {\""));
    assert_eq!(snapshot.lines().count(), 6, "the data is one line");

    let held = hand.begin().await;
    held.progress(1, 2).await;
    held.item_errors(1).await;
    held.complete(json!({"receipt": 7})).await;
    let mut told = Vec::new();
    for _ in 2..=5 {
        let block = raw.until("\n\n").await;
        assert!(!block.contains("retry:"));
        told.push(event(&block));
    }
    let names: Vec<(u64, &str)> = told.iter().map(|(id, name, _)| (*id, &**name)).collect();
    assert_eq!(names, [(2, "running"), (3, "progress"), (4, "item-error"), (5, "succeeded")]);
    assert_eq!(told[1].2["percentComplete"], 50);
    assert_eq!(told[2].2["errorCount"], 1);
    assert!(told[2].2.get("errors").is_none(), "errors come with the last event");
    assert_eq!(told[3].2["result"], json!({"receipt": 7}));
    assert_eq!(told[3].2["errors"][0]["target"], "/lines/0");
    assert_eq!(raw.rest().await, "", "the server closes");
}

#[tokio::test]
async fn the_last_event_seen_is_the_end() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.complete(json!(1)).await;
    for (headers, query) in [("last-event-id: 3\r\n", ""), ("", "?lastEventId=3")] {
        let path = format!("/operations/{id}/events{query}");
        let mut raw = Raw::get(rig.address, &path, headers).await;
        assert!(raw.until("\r\n\r\n").await.starts_with("HTTP/1.1 204"), "{query}");
    }
    let (_, mut raw) = open(&rig, id, "connection: close\r\n").await;
    let (number, name, document) = next(&mut raw).await;
    assert_eq!((number, name.as_str(), &document["result"]), (3, "snapshot", &json!(1)));
    assert_eq!(raw.rest().await, "", "a fresh reader of a finished one sees it once");
}

#[tokio::test]
async fn a_reader_who_comes_back_misses_nothing() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    for completed in 1..=4 {
        held.progress(completed, 10).await;
    }
    let (_, mut raw) = open(&rig, id, "last-event-id: 3\r\n").await;
    let block = raw.until("\n\n").await;
    assert!(block.starts_with(": ok\nid: 4\nevent: progress\nretry: 2000\n"), "{block}");
    assert_eq!(event(&block).2["progress"]["completed"], 2, "the document as of then");
    for number in 5..=6 {
        let (id, _, document) = next(&mut raw).await;
        assert_eq!((id, &document["progress"]["completed"]), (number, &json!(number - 2)));
    }
    held.progress(5, 10).await;
    assert_eq!(next(&mut raw).await.0, 7);
}

#[tokio::test]
async fn an_id_that_is_unknown_or_forgotten_gets_a_snapshot() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    let progress = |completed| {
        Change::Progressed(Progress { completed, total: Some(1000), ..Progress::default() })
    };
    held.change((0..400).map(progress)).await;
    for seen in ["999", "x", "", "-1", "0", "5"] {
        let (_, mut raw) = open(&rig, id, &format!("last-event-id: {seen}\r\n")).await;
        let (number, name, _) = next(&mut raw).await;
        assert_eq!((number, name.as_str()), (402, "snapshot"), "{seen:?}");
    }
    let (_, mut raw) = open(&rig, id, "last-event-id: 300\r\n").await;
    for number in 301..=402 {
        let (id, name, document) = next(&mut raw).await;
        assert_eq!((id, name.as_str()), (number, "progress"));
        assert_eq!(document["progress"]["completed"], number - 3);
    }
}

#[tokio::test]
async fn the_status_document_has_a_stream_for_who_names_it() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let mut raw = Raw::get(rig.address, &format!("/operations/{id}"), SSE).await;
    assert!(raw.until("\r\n\r\n").await.contains("text/event-stream"));
    assert_eq!(next(&mut raw).await.1, "snapshot");
    let both = "accept: application/json, text/event-stream\r\n";
    let mut raw = Raw::get(rig.address, &format!("/operations/{id}"), both).await;
    assert!(raw.until("\r\n\r\n").await.contains("application/json"));
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives() {
    let settings = Settings { heartbeat: Duration::from_millis(20), ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let (_, mut raw) = open(&rig, id, "").await;
    next(&mut raw).await;
    let beats = raw.until(": keepalive\n: keepalive\n").await;
    assert!(!beats.contains("\n\n"), "clients would take it for an event: {beats:?}");
    hand.begin().await.complete(json!(1)).await;
    let rest = raw.rest().await;
    assert!(rest.contains("event: running\n") && rest.contains("event: succeeded\n"), "{rest}");
}

#[tokio::test]
async fn a_held_operation_tells_of_the_decision() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let (_, mut raw) = open(&rig, id, "").await;
    hand.begin().await.hold(Value::Null).await;
    rig.act(id, "reject").await;
    let mut names = Vec::new();
    for _ in 0..5 {
        names.push(next(&mut raw).await.1);
    }
    let expected = ["snapshot", "running", "awaiting-confirmation", "confirmation", "canceled"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn seats_are_limited_and_given_back() {
    let settings = Settings { streams: 3, streams_per_tenant: 2, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let id = rig.accept().await;
    let (_, mut first) = open(&rig, id, "").await;
    let (_, mut second) = open(&rig, id, "").await;
    next(&mut first).await;
    next(&mut second).await;
    let third = || rig.get(&format!("/operations/{id}/events"));
    assert_eq!(refusal(third()).await, (429, "QuotaExceeded".to_owned()));
    let later = third().header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!((later.status().as_u16(), later.text().await.unwrap().as_str()), (200, LATER));
    drop(first);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while third().send().await.unwrap().status() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the seat is not given back");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_operation_is_gone() {
    let settings = Settings { heartbeat: Duration::from_millis(20), ..Settings::default() };
    let rig = Rig::over(settings, Limits::default(), unchanging(Arc::default())).await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let (_, mut raw) = open(&rig, id, "").await;
    next(&mut raw).await;
    hand.begin().await.complete(json!(1)).await;
    rig.clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert!(!raw.rest().await.contains("event:"));
    let (head, _) = open(&rig, id, SSE).await;
    assert!(head.starts_with("HTTP/1.1 410"), "who comes back is told: {head}");
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_revoked() {
    let settings = Settings { heartbeat: Duration::from_millis(20), ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let id = rig.accept().await;
    let (_, mut unkeyed) = open(&rig, id, "").await;
    next(&mut unkeyed).await;
    let (acme, mut key) = store_key(&rig, "acme", 1).await;
    let id = id_of(&rig.charge("/charges").bearer_auth(&acme).send().await.unwrap());
    assert!(!unkeyed.rest().await.contains("event:"), "there are keys now");
    let (_, mut raw) = open(&rig, id, &format!("api-key: {acme}\r\n")).await;
    next(&mut raw).await;
    raw.until(": keepalive\n: keepalive\n").await;
    key.revoked_at = Some(rig.clock.now());
    rig.memory.commit(OperatorCommit::api_key(key).into()).await.unwrap();
    assert!(!raw.rest().await.contains("event:"));
}

#[tokio::test]
async fn a_stream_ends_when_the_process_drains() {
    let mut rig = Rig::new().await;
    let id = rig.accept().await;
    let (_, mut raw) = open(&rig, id, "").await;
    next(&mut raw).await;
    rig.api.drain();
    assert_eq!(raw.rest().await.trim(), "");
    rig.stop().await;
}

#[tokio::test]
async fn a_reader_who_reads_nothing_is_cut() {
    let limits = Limits { write_timeout: Duration::from_millis(200), ..Limits::default() };
    let settings = Settings { streams: 1, ..Settings::default() };
    let rig = Rig::with(settings, limits).await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut raw = Raw::over(socket.connect(rig.address).await.unwrap());
    raw.send(format!("GET /operations/{id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
    raw.until("\n\n").await;
    let large = || {
        let message = Some("x".repeat(512 * 1024));
        Change::Progressed(Progress { message, ..Progress::default() })
    };
    held.change((0..40).map(|_| large())).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let other = || rig.get(&format!("/operations/{id}/events")).header("last-event-id", "9999");
    while other().send().await.unwrap().status() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the reader still has its seat");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
