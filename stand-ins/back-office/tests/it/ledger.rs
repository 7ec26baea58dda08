//! What the ledger shows when requests are repeated.

use serde_json::json;
use uuid::Uuid;

use crate::support::{Bank, Caller, line, mass_payment};

async fn create_and_confirm(bank: &Caller, body: &serde_json::Value) {
    let path = bank.created(body).await;
    assert_eq!(bank.post(&format!("{path}/confirm")).await.0, 200);
}

#[tokio::test]
async fn a_repeated_uuid_is_paid_again_and_the_ledger_shows_it() {
    let bank = Bank::start().await;
    let mp_uuid = Uuid::now_v7();
    for _ in 0..2 {
        create_and_confirm(&bank, &mass_payment("payroll", mp_uuid, 2)).await;
    }
    assert_eq!(bank.lookup(mp_uuid).await.len(), 2);
    let ledger = bank.ledger().await;
    assert_eq!((&ledger["duplicates"], &ledger["total"]), (&json!(2), &json!(4)));
    assert_eq!(ledger["entries"][0]["times"], 2);
    assert_eq!(ledger["repeated"], json!([{"reference": "payroll", "times": 2}]));
}

#[tokio::test]
async fn another_uuid_does_not_hide_a_double_payment() {
    let bank = Bank::start().await;
    for _ in 0..2 {
        create_and_confirm(&bank, &mass_payment("payroll", Uuid::now_v7(), 1)).await;
    }
    assert_eq!(bank.ledger().await["duplicates"], 1);
}

#[tokio::test]
async fn a_deduplicating_bank_answers_with_the_first_ones_state() {
    let bank = Bank::with(|config| config.deduplicate = true).await;
    let body = mass_payment("payroll", Uuid::now_v7(), 2);
    let (_, first) = bank.create(&body).await;
    let (status, second) = bank.create(&body).await;
    assert_eq!((status, &second), (200, &first));

    let path = format!("/mass-payments/{}", first["id"].as_str().unwrap());
    bank.post(&format!("{path}/confirm")).await;
    let (status, third) = bank.create(&body).await;
    assert_eq!((status, &third["status"]), (200, &json!("created")));
    assert_eq!(bank.ledger().await["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deduplicating_bank_is_not_fooled_by_simultaneous_requests() {
    let bank = Bank::with(|config| config.deduplicate = true).await;
    let mp_uuid = Uuid::now_v7();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let caller = Caller::clone(&bank);
        requests.spawn(async move { caller.create(&mass_payment("a", mp_uuid, 1)).await.0 });
    }
    let statuses = requests.join_all().await;
    assert_eq!(statuses.iter().filter(|it| **it == 201).count(), 1, "{statuses:?}");
    assert_eq!(bank.lookup(mp_uuid).await.len(), 1);
}

#[tokio::test]
async fn the_ledger_can_be_asked_for_one_reference_or_for_duplicates() {
    let bank = Bank::start().await;
    create_and_confirm(&bank, &mass_payment("a", Uuid::now_v7(), 2)).await;
    for _ in 0..2 {
        create_and_confirm(&bank, &mass_payment("b", Uuid::now_v7(), 1)).await;
    }
    let (_, a) = bank.get("/ledger?reference=a").await;
    assert_eq!((a["entries"].as_array().unwrap().len(), &a["total"]), (2, &json!(2)));
    let (_, twice) = bank.get("/ledger?min_times=2").await;
    assert_eq!(twice["entries"].as_array().unwrap().len(), 1);
    assert_eq!((&twice["duplicates"], &twice["total"]), (&json!(1), &json!(4)));
}

#[tokio::test]
async fn without_a_reference_of_its_own_a_mass_payment_goes_by_those_of_its_lines() {
    let bank = Bank::start().await;
    create_and_confirm(&bank, &json!({"payments": [line("1")]})).await;
    let ledger = bank.ledger().await;
    assert_eq!(ledger["entries"][0]["reference"], "Invoice 7");
}

#[tokio::test]
async fn five_thousand_lines_are_one_request() {
    let bank = Bank::start().await;
    let path = bank.created(&mass_payment("large", Uuid::now_v7(), 5_000)).await;
    let (_, answer) = bank.post(&format!("{path}/confirm")).await;
    assert_eq!(answer["payments_created"], 5_000);
    assert_eq!(bank.ledger().await["total"], 5_000);
}
