//! A store in trouble: what callers are told, and that nothing said is untrue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use deferral_core::Store;
use deferral_http::{Limits, Settings};
use deferral_testing::{Call, Fault, FaultyStore, MemoryStore};
use serde_json::{Value, json};

use crate::rig::{Rig, has, header, id_of, problem, refusal};

/// An API whose calls of `verb` go wrong, all of them or the first `times`.
async fn failing(verb: &'static str, times: u64, fault: Fault) -> Rig {
    let left = AtomicU64::new(times);
    let goes_wrong = move |call: Call| {
        let hit = call.verb == verb;
        let left = hit
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        left.then_some(fault)
    };
    Rig::over(Settings::default(), Limits::default(), |memory| {
        Arc::new(FaultyStore::new(memory as Arc<dyn Store>, goes_wrong))
    })
    .await
}

/// A store that never tells what has changed, and notes that it was asked.
pub(crate) fn unchanging(
    asked: Arc<AtomicBool>,
) -> impl FnOnce(Arc<MemoryStore>) -> Arc<dyn Store> {
    let fails = move |call: Call| {
        (call.verb == "changed").then(|| {
            asked.store(true, Ordering::SeqCst);
            Fault::Unavailable
        })
    };
    |memory| Arc::new(FaultyStore::new(memory as Arc<dyn Store>, fails))
}

/// Returns once the store of [`unchanging`] is asked for changes: somebody waits.
pub(crate) async fn until_waited_for(asked: &AtomicBool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !asked.load(Ordering::SeqCst) {
        assert!(tokio::time::Instant::now() < deadline, "nobody waits");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_store_that_is_away_records_nothing_and_says_so() {
    let rig = failing("commit", 1, Fault::Unavailable).await;
    let send = || rig.charge("/charges").header("idempotency-key", "k");
    let response = send().send().await.unwrap();
    assert_eq!(header(&response, "retry-after"), "2");
    let (status, code, document) = problem(response).await;
    assert_eq!((status, code.as_str()), (503, "StoreUnavailable"));
    assert!(!document.to_string().contains("a test made it so"), "causes are for the log");
    let again = send().send().await.unwrap();
    assert_eq!((again.status().as_u16(), has(&again, "idempotent-replayed")), (202, false));
}

#[tokio::test]
async fn a_lost_answer_is_found_again_under_the_same_key() {
    let rig = failing("commit", 1, Fault::LostAnswer).await;
    let send = || rig.charge("/charges").header("idempotency-key", "k");
    let response = send().send().await.unwrap();
    assert_eq!(header(&response, "retry-after"), "2");
    let id = id_of(&response);
    let (status, code, document) = problem(response).await;
    assert_eq!((status, code.as_str()), (503, "OutcomeUnknown"));
    let monitor = rig.url(&format!("/operations/{id}"));
    assert_eq!(document["operation"], monitor, "who sent no key can look");
    let again = send().send().await.unwrap();
    assert_eq!((again.status().as_u16(), has(&again, "idempotent-replayed")), (202, true));
    assert_eq!(id_of(&again), id);
}

#[tokio::test]
async fn reads_of_a_store_that_is_away_are_503() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (verb, path) in [
        ("operation", format!("/operations/{id}")),
        ("operation", format!("/operations/{id}/result")),
        ("operation", format!("/operations/{id}/events")),
        ("operations", "/operations".to_owned()),
        ("api_keys", "/operations".to_owned()),
    ] {
        let rig = failing(verb, u64::MAX, Fault::Unavailable).await;
        let refused = refusal(rig.get(&path)).await;
        assert_eq!(refused, (503, "StoreUnavailable".to_owned()), "{verb} {path}");
    }
}

#[tokio::test]
async fn nobody_is_told_that_it_is_too_late_while_the_keys_can_not_be_read() {
    let rig = failing("commit", 1, Fault::Unavailable).await;
    rig.clock.advance(Duration::from_secs(3600));
    let send = || rig.charge("/dated").header("idempotency-key", "k");
    assert_eq!(refusal(send()).await, (503, "StoreUnavailable".to_owned()));
    assert_eq!(refusal(send()).await, (422, "TooLate".to_owned()));
}

#[tokio::test]
async fn a_stream_that_can_not_be_opened_now_ends_at_once_and_is_no_error() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    for verb in ["operation", "api_keys"] {
        let rig = failing(verb, u64::MAX, Fault::Unavailable).await;
        let request = rig.get(&format!("/operations/{id}/events"));
        let response = request.header("accept", "text/event-stream").send().await.unwrap();
        assert_eq!(response.status(), 200, "at any other EventSource gives up: {verb}");
        assert_eq!(header(&response, "content-type"), "text/event-stream; charset=utf-8");
        assert_eq!(response.text().await.unwrap(), ": ok\nretry: 2000\n");
    }
}

#[tokio::test]
async fn what_is_recorded_is_promised_though_waiting_for_it_fails() {
    let rig = failing("changed", u64::MAX, Fault::Unavailable).await;
    let response = rig.charge("/hasty").send().await.unwrap();
    assert_eq!(response.status(), 202, "never a 5xx after the commit");
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "NotStarted");
}

#[tokio::test]
async fn a_wait_survives_a_store_that_stumbles() {
    let rig = failing("changed", 1, Fault::Unavailable).await;
    let hand = rig.hand().await;
    let asked = tokio::spawn(rig.charge("/sync").send());
    hand.begin().await.complete(json!(7)).await;
    assert_eq!(asked.await.unwrap().unwrap().json::<Value>().await.unwrap(), 7);
}

#[tokio::test]
async fn an_action_whose_answer_is_lost_may_be_repeated() {
    let rig = failing("commit", 1, Fault::LostAnswer).await;
    let hand = rig.hand().await;
    let first = rig.charge("/charges").send().await.unwrap();
    let id = id_of(&first);
    hand.begin().await.hold(Value::Null).await;
    assert_eq!(rig.act(id, "confirm").await.status(), 202);
    assert_eq!(rig.act(id, "confirm").await.status(), 200);
}

#[tokio::test]
async fn readiness_follows_the_store_and_liveness_does_not() {
    let rig = failing("operation", 1, Fault::Unavailable).await;
    let text = async |path: &str| {
        let response = rig.get(path).send().await.unwrap();
        assert!(header(&response, "content-type").starts_with("text/plain"));
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(text("/livez").await, (200, "ok\n".to_owned()));
    let away = "the store can't be reached; the log says why\ndurability: volatile\n";
    assert_eq!(text("/readyz").await, (503, away.to_owned()));
    assert_eq!(text("/readyz").await, (200, "ok\ndurability: volatile\n".to_owned()));
}

/// A store whose writes go wrong for as long as somebody says so.
async fn refusing(fault: Fault) -> (Rig, Arc<AtomicBool>) {
    let refuses = Arc::new(AtomicBool::new(true));
    let is_asked = Arc::clone(&refuses);
    let goes_wrong = move |call: Call| {
        (call.verb == "commit" && is_asked.load(Ordering::SeqCst)).then_some(fault)
    };
    let rig = Rig::over(Settings::default(), Limits::default(), |memory| {
        Arc::new(FaultyStore::new(memory as Arc<dyn Store>, goes_wrong))
    });
    (rig.await, refuses)
}

#[tokio::test]
async fn a_store_that_can_only_be_read_is_not_ready_until_it_can_be_written_again() {
    let full = "the store is full; free some space on its disk\n";
    let read_only = "the store is read-only; let this process write to it\n";
    for (fault, said) in [(Fault::Full, full), (Fault::ReadOnly, read_only)] {
        let (rig, refuses) = refusing(fault).await;
        let response = rig.get("/readyz").send().await.unwrap();
        assert_eq!(response.status(), 503, "though nobody has tried to write");
        assert!(response.text().await.unwrap().starts_with(said));
        let (status, code, document) = problem(rig.charge("/charges").send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (503, "StoreUnavailable"));
        assert!(document["detail"].as_str().unwrap().contains("Nothing was recorded"));
        assert!(!document.to_string().contains("can't be reached"), "it says what it is");
        refuses.store(false, Ordering::SeqCst);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while rig.get("/readyz").send().await.unwrap().status() != 200 {
            assert!(tokio::time::Instant::now() < deadline, "not ready by itself");
        }
        rig.accept().await;
    }
}

#[tokio::test]
async fn asking_for_readiness_again_and_again_writes_once() {
    let writes = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&writes);
    let count = move |call: Call| {
        counted.fetch_add(u64::from(call.verb == "commit"), Ordering::SeqCst);
        None
    };
    let rig = Rig::over(Settings::default(), Limits::default(), |memory| {
        Arc::new(FaultyStore::new(memory as Arc<dyn Store>, count))
    })
    .await;
    let started = tokio::time::Instant::now();
    let asked = (0..50).map(|_| tokio::spawn(rig.get("/readyz").send())).collect::<Vec<_>>();
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    let at_most = 1 + started.elapsed().as_secs();
    assert!((1..=at_most).contains(&writes.load(Ordering::SeqCst)), "{writes:?}");
}

#[tokio::test]
async fn a_process_that_drains_takes_nothing_new() {
    let rig = Rig::new().await;
    let id = rig.accept().await;
    let wait = rig.get(&format!("/operations/{id}")).header("prefer", "wait=30");
    let waiting = tokio::spawn(wait.timeout(Duration::from_secs(10)).send());
    rig.api.drain();
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200, "waits end");
    let response = rig.charge("/charges").send().await.unwrap();
    assert_eq!(header(&response, "retry-after"), "2");
    assert_eq!(problem(response).await.1, "Draining");
    assert_eq!(rig.get("/readyz").send().await.unwrap().status(), 503);
    assert_eq!(rig.status(id).await["status"], "NotStarted", "reads go on");
}

#[tokio::test]
async fn a_panic_is_one_requests_own() {
    let rig = Rig::new().await;
    assert_eq!(refusal(rig.post("/panic")).await, (500, "InternalError".to_owned()));
    rig.accept().await;
}
