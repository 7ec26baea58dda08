//! What is believed of which answer.

use std::fmt::Debug;

use deferral::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::MassPayment;
use crate::settings::Settings;

const MP_UUID: Uuid = Uuid::from_u128(7);

/// A far end that answers every request with these bytes and then hangs up.
async fn answering(reply: impl Into<Vec<u8>>) -> BackOffice {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let reply = reply.into();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            // A far end that has had enough of us is none of the test's.
            let _ = stream.write_all(&reply).await;
        }
    });
    back_office(&url)
}

/// Head and body: hanging up on what was not read would reset the connection.
async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while stream.read_buf(&mut request).await.unwrap() > 0 {
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return;
        }
    }
}

fn back_office(url: &str) -> BackOffice {
    let settings = json!({"back_office_url": url, "timeout": "2s"});
    BackOffice::new(&serde_json::from_value::<Settings>(settings).unwrap()).unwrap()
}

fn http(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn mass_payment() -> MassPayment {
    serde_json::from_value(json!({
        "reference": "payroll",
        "sell_currency": "EUR",
        "payments": [{
            "line_id": "emp-1", "amount": "10.00", "currency": "EUR", "value_date": "2030-01-31",
            "beneficiary": {"name": "Alice Ashworth", "iban": "DE89370400440532013000"},
        }],
    }))
    .unwrap()
}

fn standing(change: impl FnOnce(&mut Value)) -> Value {
    let counts = json!({"received": 1, "processed": 1, "accepted": 1, "rejected": 0, "created": 0});
    let mut standing = json!({
        "id": "b-1", "mp_uuid": MP_UUID, "reference": "payroll", "sell_currency": "EUR",
        "status": "processed", "counts": counts,
    });
    change(&mut standing);
    standing
}

fn id() -> BackOfficeId {
    BackOfficeId::try_from("b-1".to_owned()).unwrap()
}

/// The class of a result, and what it says.
fn class<T: Debug>(result: Result<T, CallError>) -> String {
    match result {
        Ok(value) => format!("ok {value:?}"),
        Err(CallError::NotSent(_)) => "not sent".into(),
        Err(CallError::Rejected(rejection)) => format!("rejected {}", rejection.code),
        Err(CallError::Throttled(after)) => format!("throttled {after:?}"),
        Err(CallError::Unknown(cause)) => format!("unknown {cause}"),
    }
}

async fn creating(status: u16, body: &str) -> String {
    let back_office = answering(http(status, body)).await;
    class(back_office.create(MP_UUID, &mass_payment()).await)
}

async fn finding(status: u16, body: &Value) -> String {
    let back_office = answering(http(status, &body.to_string())).await;
    class(back_office.find(MP_UUID, Some("payroll")).await)
}

async fn deciding(verb: &str, status: u16, body: Value) -> String {
    let back_office = answering(http(status, &body.to_string())).await;
    let decided = match verb {
        "confirm" => back_office.confirm(&id()).await,
        _ => back_office.cancel(&id()).await,
    };
    class(decided)
}

#[tokio::test]
async fn a_creation_is_believed_when_it_names_what_was_sent() {
    let good = standing(|_| ()).to_string();
    for status in [200, 201, 202] {
        assert_eq!(creating(status, &good).await, format!("ok {:?}", Created { id: id() }));
    }
    let silent = standing(|it| it["mp_uuid"] = Value::Null).to_string();
    assert!(creating(201, &silent).await.starts_with("ok"));
}

#[tokio::test]
async fn an_answer_that_names_another_mass_payment_is_not_believed() {
    let other = standing(|it| it["mp_uuid"] = json!(Uuid::from_u128(8))).to_string();
    assert!(creating(201, &other).await.contains("names another mp_uuid"));
    let other = standing(|it| it["reference"] = json!("rent")).to_string();
    assert!(creating(201, &other).await.contains("names another reference"));
    let elsewhere = standing(|it| it["id"] = json!("../admin")).to_string();
    assert!(creating(201, &elsewhere).await.starts_with("unknown"));
}

#[tokio::test]
async fn what_can_not_be_read_says_nothing_about_the_deed() {
    let good = standing(|_| ()).to_string();
    let unknown = [
        creating(200, "<!doctype html><title>Welcome</title>").await,
        creating(200, "").await,
        creating(201, &good[..good.len() / 2]).await,
        creating(201, &standing(|it| it["status"] = json!("Processed!")).to_string()).await,
        creating(500, &good).await,
        creating(301, &good).await,
    ];
    for class in unknown {
        assert!(class.starts_with("unknown"), "{class}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_nothing_about_the_deed() {
    let good = http(201, &standing(|_| ()).to_string());
    for reply in ["", "HTTP/1.1 2", &good[..good.len() - 10]] {
        let back_office = answering(reply).await;
        let class = class(back_office.create(MP_UUID, &mass_payment()).await);
        assert!(class.starts_with("unknown"), "{reply}: {class}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let endless = " ".repeat(5 * 1024 * 1024);
    assert!(creating(201, &endless).await.contains("longer than"));
}

#[tokio::test]
async fn without_a_connection_nothing_is_sent() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for url in [format!("http://{free}"), "http://bank.invalid".to_owned()] {
        let created = back_office(&url).create(MP_UUID, &mass_payment()).await;
        assert_eq!(class(created), "not sent", "{url}");
    }
}

#[tokio::test]
async fn a_confirmation_that_was_made_before_is_as_good() {
    let done = |status: &str| json!({"id": "b-1", "status": status, "payments_created": 1});
    let refused = |status: &str| json!({"error": "no", "message": "no", "status": status});
    assert_eq!(deciding("confirm", 200, done("created")).await, "ok ()");
    assert_eq!(deciding("confirm", 202, done("creating")).await, "ok ()");
    assert_eq!(deciding("confirm", 409, refused("created")).await, "ok ()");
    assert_eq!(deciding("confirm", 409, refused("creating")).await, "ok ()");
    let canceled = deciding("confirm", 409, refused("canceled")).await;
    assert_eq!(canceled, "rejected CanceledAtBackOffice");
    assert_eq!(deciding("confirm", 409, refused("processing")).await, "throttled 1s");
    assert_eq!(deciding("confirm", 404, refused("created")).await, "rejected BackOfficeRefused");
    for odd in [
        deciding("confirm", 409, refused("processed")).await,
        deciding("confirm", 409, json!({"error": "no"})).await,
        deciding("confirm", 200, done("canceled?")).await,
        deciding("confirm", 200, json!({"id": "b-2", "status": "created"})).await,
    ] {
        assert!(odd.starts_with("unknown"), "{odd}");
    }
}

#[tokio::test]
async fn what_was_created_can_not_be_withdrawn() {
    let refused = |status: &str| json!({"error": "no", "message": "no", "status": status});
    assert_eq!(deciding("cancel", 200, json!({"id": "b-1", "status": "canceled"})).await, "ok ()");
    assert_eq!(deciding("cancel", 409, refused("canceled")).await, "ok ()");
    for status in ["creating", "created"] {
        let class = deciding("cancel", 409, refused(status)).await;
        assert_eq!(class, "rejected CreatedAtBackOffice");
    }
    assert!(deciding("cancel", 409, refused("processed")).await.starts_with("unknown"));
}

#[tokio::test]
async fn a_look_finds_one_or_none_and_never_one_of_several() {
    let items = |items: &[Value]| json!({ "items": items });
    let ours = standing(|_| ());
    assert_eq!(finding(200, &items(&[])).await, "ok None");
    let found = finding(200, &items(std::slice::from_ref(&ours))).await;
    assert_eq!(found, format!("ok {:?}", Some(Created { id: id() })));
    let several = finding(200, &items(&[ours.clone(), ours])).await;
    assert_eq!(several, "rejected SeveralMassPayments");
    for change in [json!(Uuid::from_u128(8)), Value::Null] {
        let other = standing(|it| it["mp_uuid"] = change);
        assert!(finding(200, &items(&[other])).await.starts_with("unknown"));
    }
}

#[tokio::test]
async fn a_back_office_that_can_not_be_asked_says_so() {
    let missing = json!({"error": "lookup_not_supported", "message": "no"});
    assert_eq!(finding(501, &missing).await, "rejected LookupNotSupported");
    assert!(finding(501, &json!({"error": "other"})).await.starts_with("unknown"));
    assert!(finding(404, &missing).await.starts_with("unknown"));
}

#[tokio::test]
async fn a_mass_payment_is_shown_only_as_itself() {
    let showing = async |status: u16, change: (&str, Value)| {
        let body = standing(|it| it[change.0] = change.1).to_string();
        let back_office = answering(http(status, &body)).await;
        let shown = back_office.show(MP_UUID, &id()).await;
        class(shown.map(|standing| standing.map(|standing| standing.status)))
    };
    assert_eq!(showing(200, ("id", json!("b-1"))).await, "ok Some(Processed)");
    assert_eq!(showing(200, ("mp_uuid", json!(Uuid::from_u128(8)))).await, "ok None");
    assert_eq!(showing(200, ("mp_uuid", Value::Null)).await, "ok None");
    assert_eq!(showing(404, ("id", json!("b-1"))).await, "ok None");
    for odd in [
        showing(200, ("id", json!("b-2"))).await,
        showing(200, ("counts", json!({"received": -1}))).await,
        showing(403, ("id", json!("b-1"))).await,
    ] {
        assert!(odd.starts_with("unknown"), "{odd}");
    }
}
