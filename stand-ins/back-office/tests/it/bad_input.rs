//! What can't be understood is refused, and says why.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bank, mass_payment};

async fn check(bank: &Bank, body: impl Into<reqwest::Body>, expected: (u16, &str)) -> Value {
    let response = bank.post_request("/mass-payments").body(body).send().await.unwrap();
    let status = response.status().as_u16();
    let answer: Value = response.json().await.unwrap();
    assert_eq!((status, answer["error"].as_str().unwrap()), expected, "{answer}");
    answer
}

#[tokio::test]
async fn a_body_that_is_no_mass_payment_is_refused() {
    let bank = Bank::start().await;
    check(&bank, "", (400, "malformed_json")).await;
    check(&bank, "{\"payments\":", (400, "malformed_json")).await;
    check(&bank, &b"\xff\xfe"[..], (400, "malformed_json")).await;
    check(&bank, format!("{{\"deep\":{}", "[".repeat(100_000)), (400, "malformed_json")).await;
    check(&bank, "{\"payments\":5}", (422, "unprocessable")).await;
    check(&bank, "{\"payments\":[]}", (422, "unprocessable")).await;

    let mut body = mass_payment("a", Uuid::now_v7(), 2);
    body["payments"][1]["amount"] = json!(12.5);
    check(&bank, body.to_string(), (422, "unprocessable")).await;
    body["payments"][1]["amount"] = json!("-12.50");
    let answer = check(&bank, body.to_string(), (422, "unprocessable")).await;
    assert!(answer["message"].as_str().unwrap().starts_with("payments[1].amount"));
    body["mp_uuid"] = json!("seven");
    check(&bank, body.to_string(), (422, "unprocessable")).await;
    assert_eq!(bank.ledger().await["total"], 0);
}

#[tokio::test]
async fn too_many_lines_and_too_many_bytes_are_refused() {
    let bank = Bank::start().await;
    let body = mass_payment("a", Uuid::now_v7(), 5_001);
    check(&bank, body.to_string(), (422, "unprocessable")).await;
    check(&bank, vec![b' '; 12 * 1024 * 1024 + 1], (413, "too_large")).await;
    check(&bank, vec![b' '; 12 * 1024 * 1024], (400, "malformed_json")).await;
}

#[tokio::test]
async fn what_is_unknown_is_not_found() {
    let bank = Bank::start().await;
    for id in [Uuid::now_v7().to_string(), "7".into(), "%FF".into()] {
        for path in ["", "/payments"] {
            let (status, answer) = bank.get(&format!("/mass-payments/{id}{path}")).await;
            assert_eq!((status, &answer["error"]), (404, &json!("not_found")));
        }
        for verb in ["confirm", "cancel"] {
            assert_eq!(bank.post(&format!("/mass-payments/{id}/{verb}")).await.0, 404);
        }
    }
    assert_eq!(bank.get("/nowhere").await.0, 404);
    let (status, answer) = bank.post("/ledger").await;
    assert_eq!((status, &answer["error"]), (405, &json!("method_not_allowed")));
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let bank = Bank::start().await;
    let path = bank.created(&mass_payment("a", Uuid::now_v7(), 1)).await;
    for query in [
        "/mass-payments",
        "/mass-payments?mp_uuid=7",
        &format!("{path}/payments?status=lost"),
        &format!("{path}/payments?cursor=-1"),
        "/ledger?min_times=x",
    ] {
        let (status, answer) = bank.get(query).await;
        assert_eq!((status, &answer["error"]), (400, &json!("bad_query")), "{query}");
    }
}
