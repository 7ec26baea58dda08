//! Connections: who can't hold them, and how they end.

use std::time::Duration;

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
