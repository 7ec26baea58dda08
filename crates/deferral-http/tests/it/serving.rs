//! Connections: who can't hold them, and how they end.

use std::time::Duration;

use deferral_core::{Change, OperationQuery, Progress, Store as _};
use deferral_http::{Limits, Settings};
use serde_json::json;

use crate::raw::Raw;
use crate::rig::Rig;

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let limits = Limits { head_timeout: SHORT, ..Limits::default() };
    let rig = Rig::with(Settings::default(), limits).await;
    let mut raw = Raw::connect(rig.address).await;
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn a_head_that_drips_is_closed() {
    let limits = Limits { head_timeout: SHORT, ..Limits::default() };
    let rig = Rig::with(Settings::default(), limits).await;
    let mut raw = Raw::connect(rig.address).await;
    let dripping = async {
        raw.send("GET /livez HTTP/1.1\r\nx-drip: ").await;
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if tokio::io::AsyncWriteExt::write_all(&mut raw.stream, b"x").await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), dripping).await.expect("it is closed");
}

#[tokio::test]
async fn a_second_head_on_the_same_connection_may_not_drip_either() {
    let limits = Limits { head_timeout: SHORT, ..Limits::default() };
    let rig = Rig::with(Settings::default(), limits).await;
    let mut raw = Raw::get(rig.address, "/livez", "").await;
    raw.until("ok\n").await;
    raw.send("GET /live").await;
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn an_idle_connection_is_kept_longer_than_a_head_may_take() {
    let limits = Limits {
        head_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_secs(3),
        ..Limits::default()
    };
    let rig = Rig::with(Settings::default(), limits).await;
    let mut raw = Raw::get(rig.address, "/livez", "").await;
    raw.until("ok\n").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    raw.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    raw.until("ok\n").await;
    assert_eq!(raw.rest().await, "", "and then closed");
}

#[tokio::test]
async fn a_long_answer_is_no_slow_head() {
    let limits = Limits { head_timeout: Duration::from_millis(500), ..Limits::default() };
    let rig = Rig::with(Settings::default(), limits).await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/sync").send());
    let held = hand.begin().await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    held.complete(json!(7)).await;
    assert_eq!(asked.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn one_address_can_not_take_all_connections() {
    let limits = Limits { connections_per_ip: 2, ..Limits::default() };
    let rig = Rig::with(Settings::default(), limits).await;
    let mut first = Raw::get(rig.address, "/livez", "").await;
    let mut second = Raw::get(rig.address, "/livez", "").await;
    first.until("ok\n").await;
    second.until("ok\n").await;
    let mut third = Raw::connect(rig.address).await;
    assert_eq!(third.rest().await, "", "closed at once");
    drop(first);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let mut raw = Raw::connect(rig.address).await;
        let head = "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let sent = tokio::io::AsyncWriteExt::write_all(&mut raw.stream, head.as_bytes()).await;
        if sent.is_ok() && raw.rest().await.ends_with("ok\n") {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "the place is not given back");
    }
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let rig = Rig::with(Settings::default(), limits).await;
    let mut first = Raw::get(rig.address, "/livez", "").await;
    first.until("ok\n").await;
    let mut second = Raw::get(rig.address, "/livez", "").await;
    drop(first);
    second.until("ok\n").await;
}

#[tokio::test]
async fn requests_under_way_end_before_the_process_does() {
    let mut rig = Rig::new().await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/sync").send());
    let held = hand.begin().await;
    let finishing = async {
        tokio::task::yield_now().await;
        held.complete(json!(7)).await;
    };
    tokio::join!(rig.stop(), finishing);
    assert_eq!(asked.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn what_does_not_end_is_dropped_after_the_grace_period() {
    let limits = Limits { grace: SHORT, ..Limits::default() };
    let mut rig = Rig::with(Settings::default(), limits).await;
    let id = rig.accept().await;
    let mut raw = Raw::get(rig.address, &format!("/operations/{id}/events"), "").await;
    raw.until("\n\n").await;
    rig.stop().await;
    assert_eq!(raw.rest().await, "");
}

/// Stops as a service does: readiness first, then the listener.
async fn stops_at_once(mut rig: Rig) {
    rig.api.drain();
    let started = tokio::time::Instant::now();
    rig.stop().await;
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "held for {took:?} of a grace of 20 s");
}

#[tokio::test]
async fn who_sends_nothing_does_not_hold_the_process() {
    let rig = Rig::new().await;
    let silent = Raw::connect(rig.address).await;
    let mut idle = Raw::get(rig.address, "/livez", "").await;
    idle.until("ok\n").await;
    stops_at_once(rig).await;
    drop((silent, idle));
}

#[tokio::test]
async fn half_a_head_does_not_hold_the_process() {
    let rig = Rig::new().await;
    let mut fresh = Raw::connect(rig.address).await;
    fresh.send("POST /charges HT").await;
    let mut again = Raw::get(rig.address, "/livez", "").await;
    again.until("ok\n").await;
    again.send("POST /charges HTTP/1.1\r\nhost").await;
    stops_at_once(rig).await;
    drop((fresh, again));
}

#[tokio::test]
async fn half_a_body_does_not_hold_the_process_and_is_told() {
    let rig = Rig::new().await;
    let mut raw = Raw::connect(rig.address).await;
    let head = "POST /charges HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    raw.send(format!("{head}expect: 100-continue\r\ncontent-length: 100\r\n\r\n")).await;
    raw.until("100 Continue").await;
    raw.send("{").await;
    stops_at_once(rig).await;
    let answer = raw.rest().await;
    assert!(answer.contains("HTTP/1.1 503") && answer.contains("Draining"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn long_polls_and_streams_end_when_the_process_does() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let mut stream = Raw::get(rig.address, &format!("/operations/{id}/events"), "").await;
    stream.until("\n\n").await;
    let mut poll = Raw::get(rig.address, &format!("/operations/{id}"), "prefer: wait=30\r\n").await;
    let mut wait = Raw::connect(rig.address).await;
    let body = r#"{"cents": 1}"#;
    let head = "POST /sync HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    wait.send(format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    let both = OperationQuery { limit: 2, ..OperationQuery::default() };
    while rig.memory.operations(&both).await.unwrap().items.len() < 2 {
        tokio::task::yield_now().await;
    }
    stops_at_once(rig).await;
    assert_eq!(stream.rest().await, "", "it ends between two events");
    assert!(poll.rest().await.starts_with("HTTP/1.1 200"));
    assert!(wait.rest().await.starts_with("HTTP/1.1 202"), "what was accepted is promised");
}

#[tokio::test]
async fn who_reads_nothing_of_a_stream_is_cut() {
    let limits = Limits { write_timeout: SHORT, ..Limits::default() };
    let settings = Settings { streams: 1, ..Settings::default() };
    let rig = Rig::with(settings, limits).await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    let held = hand.begin().await;
    let path = format!("/operations/{id}/events");
    let mut stalled = Raw::get(rig.address, &path, "").await;
    stalled.until("\n\n").await;
    let message = "x".repeat(2000);
    let progress = |completed| {
        let message = Some(message.clone());
        Change::Progressed(Progress { completed, message, ..Progress::default() })
    };
    held.change((0..200).map(progress)).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let answer = rig.get(&path).header("last-event-id", "202").send().await.unwrap();
        // While the only place is taken, a stream ends at once.
        if answer.headers().contains_key("operation-id") {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "it still has its place");
    }
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_one_after_the_other() {
    let rig = Rig::new().await;
    let mut raw = Raw::connect(rig.address).await;
    let get = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
    raw.send(format!("{get}{get}{get}")).await;
    for _ in 0..3 {
        raw.until("ok\n").await;
    }
}
