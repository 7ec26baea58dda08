//! Every misbehavior, as a client sees it and as the bank admits it.

use std::time::{Duration, Instant};

use back_office::{BackOffice, Config, GENTLE, Mode, Script};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bank, Caller, eventually, mass_payment};

async fn bank(script: &str) -> Bank {
    let script = script.parse().unwrap();
    Bank::with(|config| config.misbehaving.script = script).await
}

async fn create(bank: &Caller, mp_uuid: Uuid) -> reqwest::Result<Response> {
    bank.post_request("/mass-payments").json(&mass_payment("a", mp_uuid, 2)).send().await
}

/// Sends a create that is misbehaved at, and says how many mass payments it left.
async fn left_by(bank: &Bank, check: impl AsyncFnOnce(reqwest::Result<Response>)) -> usize {
    let mp_uuid = Uuid::now_v7();
    check(create(bank, mp_uuid).await).await;
    bank.lookup(mp_uuid).await.len()
}

/// No byte of an answer, but not for want of a connection.
async fn is_lost(result: reqwest::Result<Response>) {
    let error = result.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn an_answer_is_lost_before_the_commit() {
    let bank = bank("create:lost_before").await;
    assert_eq!(left_by(&bank, is_lost).await, 0);
    assert_eq!(bank.misbehaved().await, json!({"lost_before": 1}));
}

#[tokio::test]
async fn an_answer_is_lost_after_the_commit() {
    let bank = bank("create:lost_after").await;
    assert_eq!(left_by(&bank, is_lost).await, 1);
    assert_eq!(bank.misbehaved().await, json!({"lost_after": 1}));
}

#[tokio::test]
async fn a_large_request_is_read_in_full_before_its_answer_is_lost() {
    let bank = bank("create:lost_after").await;
    let mp_uuid = Uuid::now_v7();
    let body = mass_payment("a", mp_uuid, 5_000);
    is_lost(bank.post_request("/mass-payments").json(&body).send().await).await;
    assert_eq!(bank.lookup(mp_uuid).await[0]["counts"]["received"], 5_000);
}

#[tokio::test]
async fn a_late_commit_lands_after_its_answer_was_lost() {
    let bank = Bank::with(|config| {
        config.misbehaving.script = "create:late".parse().unwrap();
        config.misbehaving.landing = Duration::from_millis(400);
    })
    .await;
    let mp_uuid = Uuid::now_v7();
    is_lost(create(&bank, mp_uuid).await).await;
    assert!(bank.lookup(mp_uuid).await.is_empty());
    assert_eq!(bank.misbehaved().await, json!({}));

    eventually(async || bank.lookup(mp_uuid).await.pop()).await;
    eventually(async || (bank.misbehaved().await == json!({"late": 1})).then_some(())).await;
}

#[tokio::test]
async fn a_late_confirm_pays_late() {
    let bank = Bank::with(|config| {
        config.misbehaving.script = "confirm:late".parse().unwrap();
        config.misbehaving.landing = Duration::from_millis(400);
    })
    .await;
    let path = bank.created(&mass_payment("a", Uuid::now_v7(), 2)).await;
    is_lost(bank.post_request(&format!("{path}/confirm")).send().await).await;
    assert_eq!(bank.get(&path).await.1["status"], "processed");
    assert_eq!(bank.until(&path, "created").await["counts"]["created"], 2);
}

#[tokio::test]
async fn a_server_error_comes_before_or_after_the_commit() {
    let bank = bank("create:error_before,create:error_after").await;
    let is_500 = async |result: reqwest::Result<Response>| {
        let response = result.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.json::<Value>().await.unwrap()["error"], "internal");
    };
    assert_eq!(left_by(&bank, is_500).await, 0);
    assert_eq!(left_by(&bank, is_500).await, 1);
    assert_eq!(bank.misbehaved().await, json!({"error_before": 1, "error_after": 1}));
}

#[tokio::test]
async fn it_asks_for_patience() {
    let bank = bank("create:throttled,create:unavailable").await;
    let patience = async |status: u16, error: &str| {
        let response = create(&bank, Uuid::now_v7()).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(response.json::<Value>().await.unwrap()["error"], error);
    };
    patience(429, "throttled").await;
    patience(503, "unavailable").await;
    assert_eq!(left_by(&bank, async |it| assert_eq!(it.unwrap().status(), 201)).await, 1);
    assert_eq!(bank.misbehaved().await, json!({"throttled": 1, "unavailable": 1}));
}

#[tokio::test]
async fn a_request_hangs_until_the_caller_gives_up() {
    let bank = bank("create:hang").await;
    let mp_uuid = Uuid::now_v7();
    let request = bank.post_request("/mass-payments").json(&mass_payment("a", mp_uuid, 1));
    let error = request.timeout(Duration::from_millis(300)).send().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(bank.lookup(mp_uuid).await.is_empty());
    assert_eq!(bank.misbehaved().await, json!({"hang": 1}));
}

#[tokio::test]
async fn a_hang_ends_by_itself_for_a_patient_caller() {
    let bank = Bank::with(|config| {
        config.misbehaving.script = "create:hang".parse().unwrap();
        config.misbehaving.hang = Duration::from_millis(200);
    })
    .await;
    let asked = Instant::now();
    assert_eq!(left_by(&bank, is_lost).await, 0);
    assert!(asked.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn garbage_comes_with_a_friendly_status() {
    let bank = bank("create:garbage").await;
    let is_garbage = async |result: reqwest::Result<Response>| {
        let response = result.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(response.json::<Value>().await.unwrap_err().is_decode());
    };
    assert_eq!(left_by(&bank, is_garbage).await, 1);
    assert_eq!(bank.misbehaved().await, json!({"garbage": 1}));
}

#[tokio::test]
async fn half_an_answer_has_its_status_and_then_ends() {
    let bank = bank("create:half").await;
    let is_half = async |result: reqwest::Result<Response>| {
        let mut response = result.unwrap();
        assert_eq!(response.status(), 201);
        let announced = response.content_length().unwrap();
        let first = response.chunk().await.unwrap().unwrap();
        assert_eq!(first.len() as u64, announced / 2);
        assert!(first.starts_with(b"{\"id\":"));
        assert!(response.chunk().await.is_err());
    };
    assert_eq!(left_by(&bank, is_half).await, 1);
    assert_eq!(bank.misbehaved().await, json!({"half": 1}));
}

#[tokio::test]
async fn a_stale_read_does_not_know_what_just_happened() {
    let script = "lookup:stale,show:stale,lines:stale,show:stale";
    let bank = Bank::with(|config| {
        config.misbehaving.script = script.parse().unwrap();
        config.misbehaving.stale = Duration::from_hours(1);
    })
    .await;
    let mp_uuid = Uuid::now_v7();
    let path = bank.created(&mass_payment("a", mp_uuid, 1)).await;
    assert!(bank.lookup(mp_uuid).await.is_empty());
    assert_eq!(bank.get(&path).await.0, 404);
    assert_eq!(bank.get(&format!("{path}/payments")).await.0, 404);
    assert_eq!(bank.misbehaved().await, json!({"stale": 3}));

    assert_eq!(bank.lookup(mp_uuid).await.len(), 1);
    let unknown = format!("/mass-payments/{}", Uuid::now_v7());
    assert_eq!(bank.get(&unknown).await.0, 404);
    assert_eq!(bank.misbehaved().await, json!({"stale": 3}), "the truth was the same");
}

#[tokio::test]
async fn a_stale_read_tells_the_status_of_a_moment_ago() {
    let stale = Duration::from_millis(500);
    let bank = Bank::with(|config| {
        config.misbehaving.script = "show:stale".parse().unwrap();
        config.misbehaving.stale = stale;
    })
    .await;
    let path = bank.created(&mass_payment("a", Uuid::now_v7(), 1)).await;
    let created = Instant::now();
    // It must be as old as the stale answer, or there would be nothing to tell.
    eventually(async || (created.elapsed() > stale).then_some(())).await;
    bank.post(&format!("{path}/confirm")).await;
    assert_eq!(bank.get(&path).await.1["status"], "processed");
    assert_eq!(bank.get(&path).await.1["status"], "created");
}

#[tokio::test]
async fn a_bank_without_lookup_says_so_every_time() {
    let bank = Bank::with(|config| config.misbehaving.no_lookup = true).await;
    for _ in 0..2 {
        let (status, answer) = bank.get(&format!("/mass-payments?mp_uuid={}", Uuid::nil())).await;
        assert_eq!((status, &answer["error"]), (501, &json!("lookup_not_supported")));
    }
    assert_eq!(bank.misbehaved().await, json!({"no_lookup": 2}));
}

#[tokio::test]
async fn a_script_shows_what_is_still_to_come() {
    let bank = Bank::with(|config| config.misbehaving.script = Script::new(GENTLE)).await;
    assert_eq!(left_by(&bank, is_lost).await, 1);
    let (_, answer) = bank.get("/misbehavior").await;
    let expected = json!({
        "counts": {"lost_after": 1},
        "seed": 0,
        "pending": ["confirm:unavailable", "confirm:hang"],
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn misbehaviors_are_remembered_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().join("bank.db"));
    config.misbehaving.script = "create:throttled".parse().unwrap();
    for times in 1..=2 {
        let running = BackOffice::start(config.clone()).await.unwrap();
        let caller = Caller::of(running.url());
        assert_eq!(create(&caller, Uuid::now_v7()).await.unwrap().status(), 429);
        assert_eq!(caller.misbehaved().await, json!({"throttled": times}));
        running.stop().await;
    }
}

#[tokio::test]
async fn the_truth_is_always_told_and_every_kind_comes_up() {
    let bank = Bank::with(|config| {
        config.mode = Mode::Async(Duration::ZERO);
        config.misbehaving.rate = 1.0;
        config.misbehaving.seed = 11;
        config.misbehaving.hang = Duration::from_millis(50);
        config.misbehaving.landing = Duration::from_millis(50);
        config.misbehaving.stale = Duration::from_hours(1);
    })
    .await;
    let path = format!("/mass-payments/{}", Uuid::nil());
    for _ in 0..20 {
        let _ = create(&bank, Uuid::now_v7()).await;
        let _ = bank.get_request(&path).send().await;
        assert_eq!(bank.get("/ledger").await.0, 200);
        assert_eq!(bank.get_request("/livez").send().await.unwrap().status(), 200);
    }
    let writes = [
        "lost_before",
        "lost_after",
        "late",
        "error_before",
        "error_after",
        "throttled",
        "unavailable",
        "hang",
        "garbage",
        "half",
    ];
    eventually(async || {
        let counts = bank.misbehaved().await;
        writes.iter().all(|kind| counts[kind].as_u64() >= Some(2)).then_some(())
    })
    .await;
    bank.stop().await;
}
