//! Bodies that are too large, too slow, too many, or not what they should be.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use deferral_http::{Limits, Settings};
use serde_json::json;

use crate::faults::{unchanging, until_waited_for};
use crate::raw::Raw;
use crate::rig::{Rig, problem, refusal};

fn of_size(bytes: usize) -> String {
    format!("{{\"cents\": 1, \"pad\": \"{}\"}}", "x".repeat(bytes))
}

#[tokio::test]
async fn what_can_not_be_read_is_refused_with_the_reason() {
    let rig = Rig::new().await;
    let deep = format!("{{\"cents\": 1, \"x\": {}", "[".repeat(100_000));
    let cases: [(&[u8], u16, &str); 9] = [
        (b"", 400, "MalformedBody"),
        (b"{", 400, "MalformedBody"),
        (b"{\"cents\": 1} trailing", 400, "MalformedBody"),
        (b"{\"cents\": 1, \"cents\": 2}", 400, "MalformedBody"),
        (b"{\"cents\": 1, \"\xff\xfe\": 1}", 400, "MalformedBody"),
        (deep.as_bytes(), 400, "MalformedBody"),
        (b"{\"cents\": \"1\"}", 422, "ValidationFailed"),
        (b"[]", 422, "ValidationFailed"),
        (b"[1, []]", 422, "ValidationFailed"),
    ];
    for (body, status, code) in cases {
        let request = rig.post("/charges").header("content-type", "application/json");
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let refused = refusal(request.body(body.to_vec())).await;
        assert_eq!(refused, (status, code.to_owned()), "{shown}");
    }
    let text = rig.post("/charges").header("content-type", "text/plain").body("{\"cents\":1}");
    assert_eq!(refusal(text).await, (415, "UnsupportedMediaType".to_owned()));
}

/// An array in arrays, so deep.
fn deep(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[tokio::test]
async fn odd_bodies_are_refused_with_the_reason_wherever_they_are_sent() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = rig.accept().await;
    hand.begin().await.hold(serde_json::Value::Null).await;
    let many = (0..20_000).map(|n| format!("\"k{n}\": {n}")).collect::<Vec<_>>().join(",");
    let charge = |cents: &str| format!("{{\"cents\": {cents}}}").into_bytes();
    let padded = |pad: &str| format!("{{\"cents\": 1, \"pad\": {pad}}}").into_bytes();
    let lines = |lines: &str| format!("{{\"cents\": 1, \"lines\": {lines}}}").into_bytes();
    let data = |data: &str| format!("{{\"data\": {data}}}").into_bytes();
    let starts: Vec<(&str, Vec<u8>, u16)> = vec![
        ("a byte order mark", b"\xef\xbb\xbf{\"cents\": 1}".to_vec(), 400),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec(), 400),
        ("a NUL", b"{\"cents\": 1}\0".to_vec(), 400),
        ("a NUL inside of a string", padded("\"\0\""), 400),
        ("arrays in arrays", lines(&deep(128)), 422),
        ("100,000 levels", lines(&deep(100_000)), 422),
        ("half a surrogate pair", lines("\"\\ud800\""), 400),
        ("2^64", charge("18446744073709551616"), 422),
        ("1e400", charge("1e400"), 400),
        ("less than nothing", charge("-1"), 422),
        ("a half", charge("1.5"), 422),
        ("not a number", charge("NaN"), 400),
        ("null", charge("null"), 422),
        ("null alone", b"null".to_vec(), 422),
        ("a string", b"\"cents\"".to_vec(), 422),
        ("two documents", b"{\"cents\": 1}{\"cents\": 1}".to_vec(), 400),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), 400),
    ];
    let confirms: Vec<(&str, Vec<u8>, u16)> = vec![
        ("128 levels", data(&deep(128)), 400),
        ("100,000 levels", data(&deep(100_000)), 400),
        ("1e400", data("{\"x\": 1e400}"), 400),
        ("half a surrogate pair", data("\"\\udfff\""), 400),
        ("the same name twice", b"{\"comment\": \"a\", \"comment\": \"b\"}".to_vec(), 400),
        ("a comment that is none", b"{\"comment\": {}}".to_vec(), 422),
        ("too long a comment", format!("{{\"comment\": \"{}\"}}", "x".repeat(2001)).into(), 422),
        ("too many names", data(&format!("{{{many}}}")), 413),
        ("a list", b"[]".to_vec(), 422),
    ];
    let confirm = format!("/operations/{id}:confirm");
    let cases = starts.into_iter().map(|case| ("/charges", case));
    let cases = cases.chain(confirms.into_iter().map(|case| (&*confirm, case)));
    for (path, (what, body, expected)) in cases {
        let request = rig.post(path).header("content-type", "application/json");
        let (status, _, document) = problem(request.body(body).send().await.unwrap()).await;
        assert_eq!(status, expected, "{what} to {path}: {document}");
    }
    assert_eq!(rig.status(id).await["status"], "AwaitingConfirmation", "nothing was done");
    let ok = rig.post(&confirm).header("content-type", "application/json");
    let deepest = ok.body(data(&deep(126))).send().await.unwrap();
    assert_eq!(deepest.status(), 202, "127 levels in all can be read");
}

#[tokio::test]
async fn a_body_in_a_coding_that_is_not_read_here_is_unsupported() {
    let rig = Rig::new().await;
    for coding in ["gzip", "br", "identity, gzip", "x"] {
        let request = rig.charge("/charges").header("content-encoding", coding);
        let response = request.send().await.unwrap();
        assert_eq!(crate::rig::header(&response, "accept-encoding"), "identity");
        assert_eq!(problem(response).await.1, "UnsupportedMediaType", "{coding}");
    }
    let plain = rig.charge("/charges").header("content-encoding", "identity");
    assert_eq!(plain.send().await.unwrap().status(), 202);
}

#[tokio::test]
async fn an_error_points_at_its_place() {
    let rig = Rig::new().await;
    let body = json!({"cents": 1, "lines": [1, 2, "three"]});
    let (.., document) = problem(rig.post("/charges").json(&body).send().await.unwrap()).await;
    assert_eq!(document["errors"][0]["pointer"], "#/lines/2");
    assert_eq!(document["error"]["details"][0]["target"], "/lines/2");
}

#[tokio::test]
async fn routes_with_extractors_of_others_answer_in_our_form() {
    let rig = Rig::new().await;
    let json = || rig.post("/plain").header("content-type", "application/json");
    assert_eq!(refusal(json().body("{")).await, (400, "MalformedBody".to_owned()));
    assert_eq!(refusal(json().body("{}")).await, (422, "ValidationFailed".to_owned()));
    let refused = refusal(rig.post("/plain").body("{}")).await;
    assert_eq!(refused, (415, "UnsupportedMediaType".to_owned()));
    assert_eq!(refusal(json().body(of_size(300_000))).await, (413, "BodyTooLarge".to_owned()));
}

#[tokio::test]
async fn a_route_may_allow_more() {
    let rig = Rig::new().await;
    let send = |path: &str| {
        rig.post(path).header("content-type", "application/json").body(of_size(1024 * 1024))
    };
    assert_eq!(refusal(send("/charges")).await, (413, "BodyTooLarge".to_owned()));
    assert_eq!(send("/large").send().await.unwrap().status(), 202);
}

#[tokio::test]
async fn who_is_refused_while_still_sending_can_read_why() {
    let rig = Rig::new().await;
    let mut raw = Raw::connect(rig.address).await;
    let size = 8 * 1024 * 1024;
    let head = "POST /charges HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    raw.send(format!("{head}content-length: {size}\r\n\r\n")).await;
    raw.send(vec![b' '; size]).await;
    let answer = raw.rest().await;
    assert!(answer.starts_with("HTTP/1.1 413"));
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn bodies_share_their_room_and_the_one_too_many_may_come_again() {
    let settings = Settings { bodies_in_flight: 100_000, ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let mut holding = Raw::connect(rig.address).await;
    let head = "POST /charges HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    holding.send(format!("{head}content-length: 90000\r\n\r\n")).await;
    holding.send(vec![b' '; 89_000]).await;
    let send =
        || rig.post("/charges").header("content-type", "application/json").body(of_size(50_000));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let response = send().send().await.unwrap();
        if response.status() == 503 {
            assert_eq!(crate::rig::header(&response, "retry-after"), "2");
            assert_eq!(problem(response).await.1, "Overloaded");
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "never too many");
    }
    drop(holding);
    while send().send().await.unwrap().status() != 202 {
        assert!(tokio::time::Instant::now() < deadline, "the room is not given back");
    }
}

#[tokio::test]
async fn who_waits_for_what_is_recorded_takes_no_room() {
    let settings = Settings { bodies_in_flight: 100_000, ..Settings::default() };
    let waits = Arc::new(AtomicBool::new(false));
    let rig = Rig::over(settings, Limits::default(), unchanging(Arc::clone(&waits))).await;
    let send = |key: &'static str, prefer: &'static str| {
        let request = rig.post("/charges").header("content-type", "application/json");
        let request = request.header("idempotency-key", key).header("prefer", prefer);
        request.body(of_size(90_000)).send()
    };
    assert_eq!(send("k", "respond-async").await.unwrap().status(), 202);
    let replay = tokio::spawn(send("k", "wait=30"));
    until_waited_for(&waits).await;
    assert_eq!(send("other", "respond-async").await.unwrap().status(), 202);
    rig.api.drain();
    assert_eq!(replay.await.unwrap().unwrap().status(), 202);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let settings = Settings { body_timeout: Duration::from_millis(50), ..Settings::default() };
    let rig = Rig::with(settings, Limits::default()).await;
    let mut raw = Raw::connect(rig.address).await;
    let head = "POST /charges HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    raw.send(format!("{head}content-length: 100\r\n\r\n{{")).await;
    assert!(raw.until("\r\n\r\n").await.starts_with("HTTP/1.1 408"));
}
