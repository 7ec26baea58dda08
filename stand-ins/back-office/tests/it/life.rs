//! A mass payment from its arrival to its end.

use std::time::Duration;

use back_office::Mode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bank, line, mass_payment};

fn slow(config: &mut back_office::Config) {
    config.mode = Mode::Async(Duration::from_millis(300));
}

/// One ordinary line, then one for every rule.
fn mixed(mp_uuid: Uuid) -> Value {
    let mut body = mass_payment("mixed", mp_uuid, 1);
    let mut add = |line_id: &str, pointer: &str, value: &str| {
        let mut line = line(line_id);
        *line.pointer_mut(pointer).unwrap() = value.into();
        body["payments"].as_array_mut().unwrap().push(line);
    };
    add("currency", "/currency", "MNT");
    add("limit", "/amount", "1000000.01");
    add("bank", "/beneficiary/bic", "ZZBKDEFF");
    add("account", "/beneficiary/iban", "DE72370400440532019999");
    add("beneficiary", "/beneficiary/name", "Phantom Freight Ltd");
    body
}

#[tokio::test]
async fn a_synchronous_create_answers_with_the_verdict_on_every_line() {
    let bank = Bank::start().await;
    let mp_uuid = Uuid::now_v7();
    let (status, answer) = bank.create(&mixed(mp_uuid)).await;

    assert_eq!(status, 201);
    assert_eq!(answer["mp_uuid"], mp_uuid.to_string());
    assert_eq!(answer["status"], "processed");
    assert_eq!(answer["accepted"], json!(["line-0"]));
    let rejected = answer["rejected"].as_array().unwrap();
    let codes: Vec<_> =
        rejected.iter().map(|it| [it["line_id"].clone(), it["code"].clone()]).collect();
    assert_eq!(
        json!(codes),
        json!([
            ["currency", "currency_not_supported"],
            ["limit", "over_limit"],
            ["bank", "unknown_bank"],
            ["account", "account_closed"],
            ["beneficiary", "beneficiary_blocked"],
        ])
    );
    assert_eq!(rejected[3]["message"], "the account is closed");
}

#[tokio::test]
async fn a_synchronous_confirm_pays_what_was_accepted() {
    let bank = Bank::start().await;
    let path = bank.created(&mixed(Uuid::now_v7())).await;
    let (status, answer) = bank.post(&format!("{path}/confirm")).await;

    assert_eq!(status, 200);
    assert_eq!(answer["status"], "created");
    assert_eq!(answer["payments_created"], 1);
    let counts = json!({"received": 6, "processed": 6, "accepted": 1, "rejected": 5, "created": 1});
    assert_eq!(bank.get(&path).await.1["counts"], counts);
    let entry = json!({"reference": "mixed", "line_id": "line-0", "amount": "12.50",
                       "currency": "EUR", "times": 1});
    assert_eq!(
        bank.ledger().await,
        json!({"entries": [entry], "duplicates": 0, "total": 1, "repeated": []})
    );
}

#[tokio::test]
async fn asynchronous_work_moves_by_itself_and_shows_its_progress() {
    let bank = Bank::with(slow).await;
    let (status, answer) = bank.create(&mass_payment("slow", Uuid::now_v7(), 100)).await;
    assert_eq!((status, &answer["status"]), (202, &json!("processing")));
    assert_eq!(answer.get("accepted"), None);

    let path = format!("/mass-payments/{}", answer["id"].as_str().unwrap());
    let mut seen = vec![];
    loop {
        let (_, answer) = bank.get(&path).await;
        seen.push(answer["counts"]["processed"].as_u64().unwrap());
        assert_eq!(answer["counts"]["accepted"], answer["counts"]["processed"]);
        if answer["status"] == "processed" {
            break;
        }
    }
    assert!(seen.is_sorted());
    assert!(seen.iter().any(|&it| 0 < it && it < 100), "{seen:?}");
    assert_eq!(seen.last(), Some(&100));
}

#[tokio::test]
async fn asynchronous_payments_are_in_the_ledger_once_they_are_created() {
    let bank = Bank::with(slow).await;
    let path = bank.created(&mass_payment("slow", Uuid::now_v7(), 3)).await;
    let (status, early) = bank.post(&format!("{path}/confirm")).await;
    assert_eq!((status, &early["error"]), (409, &json!("still_processing")));

    bank.until(&path, "processed").await;
    let (status, answer) = bank.post(&format!("{path}/confirm")).await;
    assert_eq!((status, &answer["status"]), (202, &json!("creating")));
    assert_eq!(bank.ledger().await["total"], 0);
    let (status, again) = bank.post(&format!("{path}/confirm")).await;
    assert_eq!((status, &again["status"]), (409, &json!("creating")));

    let created = bank.until(&path, "created").await;
    assert_eq!(created["counts"]["created"], 3);
    assert_eq!(bank.ledger().await["total"], 3);
}

#[tokio::test]
async fn what_is_decided_stays_so() {
    let bank = Bank::start().await;
    let confirmed = bank.created(&mass_payment("a", Uuid::now_v7(), 1)).await;
    let canceled = bank.created(&mass_payment("b", Uuid::now_v7(), 1)).await;
    bank.post(&format!("{confirmed}/confirm")).await;
    let (status, answer) = bank.post(&format!("{canceled}/cancel")).await;
    assert_eq!((status, &answer["status"]), (200, &json!("canceled")));

    for verb in ["confirm", "cancel"] {
        let (status, answer) = bank.post(&format!("{confirmed}/{verb}")).await;
        assert_eq!((status, &answer["error"]), (409, &json!("already_confirmed")));
        assert_eq!(answer["status"], "created");
        let (status, answer) = bank.post(&format!("{canceled}/{verb}")).await;
        assert_eq!((status, &answer["error"]), (409, &json!("already_canceled")));
        assert_eq!(answer["status"], "canceled");
    }
    assert_eq!(bank.ledger().await["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_of_confirm_and_cancel_has_one_winner() {
    let bank = Bank::start().await;
    let mut confirmed = 0;
    for round in 0..100 {
        let body = mass_payment(&format!("race-{round}"), Uuid::now_v7(), 1);
        let path = bank.created(&body).await;
        let (confirm, cancel) = (format!("{path}/confirm"), format!("{path}/cancel"));
        let answers = tokio::join!(bank.post(&confirm), bank.post(&cancel), bank.post(&confirm));
        let statuses = [answers.0.0, answers.1.0, answers.2.0];
        assert_eq!(statuses.iter().filter(|it| **it == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|it| **it == 409).count(), 2, "{statuses:?}");
        confirmed += u64::from(answers.1.0 == 409);
    }
    let ledger = bank.ledger().await;
    assert_eq!((&ledger["total"], &ledger["duplicates"]), (&json!(confirmed), &json!(0)));
}

#[tokio::test]
async fn a_mass_payment_is_found_by_the_uuid_it_came_with() {
    let bank = Bank::start().await;
    let mp_uuid = Uuid::now_v7();
    assert!(bank.lookup(mp_uuid).await.is_empty());
    let path = bank.created(&mass_payment("a", mp_uuid, 1)).await;

    let found = bank.lookup(mp_uuid).await;
    assert_eq!(found, [bank.get(&path).await.1]);
    assert!(bank.lookup(Uuid::now_v7()).await.is_empty());
}

#[tokio::test]
async fn lines_are_read_page_by_page_and_by_status() {
    let bank = Bank::start().await;
    let mut body = mass_payment("pages", Uuid::now_v7(), 1_200);
    for index in [3, 700, 1_100] {
        body["payments"][index]["currency"] = "MNT".into();
    }
    let path = bank.created(&body).await;

    let mut ids = vec![];
    let mut sizes = vec![];
    let mut next = format!("{path}/payments");
    loop {
        let (_, page) = bank.get(&next).await;
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        ids.extend(items.iter().map(|it| it["line_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("{path}/payments?cursor={cursor}");
    }
    assert_eq!(sizes, [500, 500, 200]);
    assert_eq!(ids, (0..1_200).map(|n| format!("line-{n}")).collect::<Vec<_>>());

    let (_, rejected) = bank.get(&format!("{path}/payments?status=rejected")).await;
    let first = json!({
        "line_id": "line-3", "index": 3, "status": "rejected", "amount": "12.50",
        "currency": "MNT",
        "error": {"code": "currency_not_supported",
                  "message": "this bank does not pay in this currency"},
    });
    assert_eq!(rejected["items"][0], first);
    assert_eq!(rejected["items"].as_array().unwrap().len(), 3);
    assert_eq!(rejected["next_cursor"], Value::Null);
}

#[tokio::test]
async fn lines_follow_their_mass_payment() {
    let bank = Bank::start().await;
    let status = async |path: &str| {
        bank.get(&format!("{path}/payments")).await.1["items"][0]["status"].clone()
    };
    let confirmed = bank.created(&mass_payment("a", Uuid::now_v7(), 1)).await;
    let canceled = bank.created(&mass_payment("b", Uuid::now_v7(), 1)).await;
    assert_eq!(status(&confirmed).await, "accepted");

    bank.post(&format!("{confirmed}/confirm")).await;
    bank.post(&format!("{canceled}/cancel")).await;
    assert_eq!(status(&confirmed).await, "created");
    assert_eq!(status(&canceled).await, "canceled");
}
