//! Idempotency: §7 of the contract.

use std::collections::HashSet;
use std::time::Duration;

use deferral_core::{OperationQuery, Store as _};
use serde_json::{Value, json};

use crate::rig::{Rig, has, header, id_of, problem, refusal};

async fn operations(rig: &Rig) -> usize {
    let query = OperationQuery { limit: 1000, ..OperationQuery::default() };
    rig.memory.operations(&query).await.unwrap().items.len()
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let rig = Rig::new().await;
    let send = || rig.charge("/staged").header("idempotency-key", "k1").send();
    let first = send().await.unwrap();
    assert!(!has(&first, "idempotent-replayed"));
    let id = id_of(&first);
    let original: Value = first.json().await.unwrap();
    rig.clock.advance(Duration::from_secs(100));
    let hand = rig.hand().await;
    let held = hand.begin().await;
    held.progress(1, 2).await;
    let running = send().await.unwrap();
    held.complete(json!(7)).await;
    let done = send().await.unwrap();
    for replay in [running, done] {
        assert_eq!(replay.status(), 202);
        assert_eq!(header(&replay, "idempotent-replayed"), "true");
        assert_eq!(id_of(&replay), id);
        assert_eq!(header(&replay, "retry-after"), "1");
        assert_eq!(replay.json::<Value>().await.unwrap(), original, "the answer of then");
    }
    assert_eq!(operations(&rig).await, 1);
}

#[tokio::test]
async fn a_retry_that_waits_gets_the_result() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let send = |prefer: &'static str| {
        rig.charge("/charges").header("idempotency-key", "k1").header("prefer", prefer).send()
    };
    send("respond-async").await.unwrap();
    hand.begin().await.complete(json!(7)).await;
    let response = send("wait=10").await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "idempotent-replayed"), "true");
    assert_eq!(response.json::<Value>().await.unwrap(), 7);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let rig = Rig::new().await;
    let keyed = |path: &str, key: &'static str| rig.post(path).header("idempotency-key", key);
    let first = keyed("/charges", "k1").json(&json!({"cents": 1})).send().await.unwrap();
    assert_eq!(first.status(), 202);
    let other_body = keyed("/charges", "k1").json(&json!({"cents": 2}));
    assert_eq!(refusal(other_body).await, (422, "IdempotencyKeyReused".to_owned()));
    let other_query = keyed("/charges?x=1", "k1").json(&json!({"cents": 1}));
    assert_eq!(refusal(other_query).await.0, 422);
    let other_type = keyed("/charges", "k1").header("content-type", "application/x+json");
    assert_eq!(refusal(other_type.body("{\"cents\":1}")).await.0, 422);
    let other_path = keyed("/other-charges", "k1").json(&json!({"cents": 1})).send().await.unwrap();
    assert_ne!(id_of(&other_path), id_of(&first), "another path is another scope");
    let quoted = keyed("/charges", "\"k1\"").json(&json!({"cents": 1})).send().await.unwrap();
    assert_eq!(id_of(&quoted), id_of(&first), "quoted and bare are one");
}

#[tokio::test]
async fn keys_are_checked() {
    let rig = Rig::new().await;
    for key in ["\"\"", "\"open", "a, b", "two words", &"x".repeat(256)] {
        let refused = refusal(rig.charge("/charges").header("idempotency-key", key)).await;
        assert_eq!(refused, (400, "IdempotencyKeyInvalid".to_owned()), "{key}");
    }
    let refused = refusal(rig.charge("/keyed")).await;
    assert_eq!(refused, (400, "IdempotencyKeyMissing".to_owned()));
    let named = rig.charge("/keyed").header("idempotency-key", "k").send().await.unwrap();
    assert_eq!(named.status(), 202);
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let given = rig.charge("/keyed").header("operation-id", id).send().await.unwrap();
    assert_eq!(given.status(), 202);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_unused() {
    let rig = Rig::new().await;
    let send = |body: Value| rig.post("/charges").header("idempotency-key", "k").json(&body);
    assert_eq!(refusal(send(json!({"cents": "many"}))).await.0, 422);
    assert_eq!(send(json!({"cents": 1})).send().await.unwrap().status(), 202);
}

#[tokio::test]
async fn an_original_that_is_being_answered_is_not_answered_twice() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let send = || rig.charge("/sync").header("idempotency-key", "k");
    let original = tokio::spawn(send().send());
    let held = hand.begin().await;
    let retry = send().send().await.unwrap();
    assert_eq!(header(&retry, "retry-after"), "1");
    let monitor = header(&retry, "operation-location").to_owned();
    let (status, code, _) = problem(retry).await;
    assert_eq!((status, code.as_str()), (409, "IdempotencyKeyInFlight"));

    let joined = send().header("prefer", "respond-async").send().await.unwrap();
    assert_eq!((joined.status().as_u16(), header(&joined, "operation-location")), (202, &*monitor));

    held.complete(json!(7)).await;
    assert_eq!(original.await.unwrap().unwrap().json::<Value>().await.unwrap(), 7);
    let after = send().send().await.unwrap();
    assert_eq!((after.status().as_u16(), has(&after, "idempotent-replayed")), (200, true));
}

#[tokio::test]
async fn an_operation_id_is_a_key_too() {
    let rig = Rig::new().await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let send = |path: &str| rig.charge(path).header("operation-id", id);
    assert!(!has(&send("/charges").send().await.unwrap(), "idempotent-replayed"));
    assert!(has(&send("/charges").send().await.unwrap(), "idempotent-replayed"));
    let refused = refusal(send("/other-charges")).await;
    assert_eq!(refused, (409, "OperationIdReused".to_owned()));
}

#[tokio::test]
async fn a_waiting_retry_with_the_same_id_is_told_so_only_while_the_original_waits() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let send = || rig.charge("/sync").header("operation-id", id);
    let original = tokio::spawn(send().send());
    let held = hand.begin().await;
    assert_eq!(refusal(send()).await, (409, "IdempotencyKeyInFlight".to_owned()));
    assert_eq!(refusal(send()).await.0, 409, "the retry did not take the note away");
    original.abort();
    assert!(original.await.is_err());
    held.complete(json!(1)).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while send().send().await.unwrap().status() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the note is not taken away");
    }
}

#[tokio::test]
async fn a_key_outlives_its_operation() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let send = || rig.charge("/charges").header("idempotency-key", "k");
    send().send().await.unwrap();
    hand.begin().await.complete(json!(1)).await;
    rig.clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(refusal(send()).await, (410, "OperationExpired".to_owned()));
    rig.clock.advance(Duration::from_secs(23 * 24 * 3600));
    assert_eq!(send().send().await.unwrap().status(), 202, "after 30 days it is a new request");
}

#[tokio::test]
async fn a_key_is_not_forgotten_before_an_operation_that_is_kept_long_or_open_long() {
    let rig = Rig::new().await;
    let hand = rig.hand().await;
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    for path in ["/kept", "/long"] {
        let send = || rig.charge(path).header("idempotency-key", "k");
        let first = id_of(&send().send().await.unwrap());
        let held = hand.begin().await;
        if path == "/long" {
            rig.clock.advance(days(60));
        }
        held.complete(json!(1)).await;
        rig.clock.advance(if path == "/long" { days(6) } else { days(59) });
        let again = send().send().await.unwrap();
        assert_eq!((again.status().as_u16(), id_of(&again)), (202, first), "{path}");
        rig.clock.advance(days(1));
        assert_eq!(refusal(send()).await, (410, "OperationExpired".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_was_acceptable_once_is_replayed_though_it_is_too_late_now() {
    let rig = Rig::new().await;
    let send = |key: &'static str| rig.charge("/dated").header("idempotency-key", key);
    let first = send("k").send().await.unwrap();
    rig.clock.advance(Duration::from_secs(3600));
    let again = send("k").send().await.unwrap();
    assert_eq!((again.status().as_u16(), id_of(&again)), (202, id_of(&first)));
    assert_eq!(header(&again, "idempotent-replayed"), "true");
    for _ in 0..2 {
        let refused = refusal(send("other")).await;
        assert_eq!(refused, (422, "TooLate".to_owned()), "to look takes no key");
    }
    assert_eq!(refusal(rig.charge("/dated")).await, (422, "TooLate".to_owned()));
    let other = rig.post("/dated").header("idempotency-key", "k").json(&json!({"cents": 1}));
    assert_eq!(refusal(other).await, (422, "IdempotencyKeyReused".to_owned()));
    let hand = rig.hand().await;
    hand.begin().await.complete(json!(7)).await;
    let waited = send("k").header("prefer", "wait=10").send().await.unwrap();
    assert_eq!(waited.json::<Value>().await.unwrap(), 7);
    assert_eq!(operations(&rig).await, 1);
    rig.clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(refusal(send("k")).await, (410, "OperationExpired".to_owned()));
}

#[tokio::test]
async fn a_race_of_firsts_makes_one_operation() {
    let rig = Rig::new().await;
    let sends = (0..64)
        .map(|_| tokio::spawn(rig.charge("/charges").header("idempotency-key", "race").send()));
    let mut ids = HashSet::new();
    let mut firsts = 0;
    for send in sends.collect::<Vec<_>>() {
        let response = send.await.unwrap().unwrap();
        assert_eq!(response.status(), 202);
        firsts += usize::from(!has(&response, "idempotent-replayed"));
        ids.insert(id_of(&response));
    }
    assert_eq!((ids.len(), firsts, operations(&rig).await), (1, 1, 1));
}
