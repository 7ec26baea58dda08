//! SIGTERM under load: each process ends in good order, and nothing is lost.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use crate::payments::Batch;
use crate::world::{World, answer, check_events, eventually, job_of};

/// So many are acknowledged before the signal.
const ENOUGH: usize = 30;

/// Sends batches as long as the API takes them; the ids that were acknowledged.
async fn send_until_refused(
    world: &World,
    caller: usize,
    acked: &AtomicUsize,
    over: &AtomicBool,
) -> Vec<(Batch, String)> {
    let mut sent = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let batch = Batch::immediate(&format!("load-{caller}-{}", sent.len()), 5, 1);
        match answer(world.sending(&batch)).await {
            Ok(answer) if answer.status == 202 => {
                acked.fetch_add(1, Ordering::SeqCst);
                sent.push((batch, answer.id()));
            }
            Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
            // Its listener is gone.
            Err(_) => break,
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn after_sigterm_under_load_processes_end_well_and_nothing_is_lost() {
    let world = World::new(|_| (), &["worker.grace=2s"]).await;
    let (api, worker) = (world.api().await, world.worker("worker", &[]));
    // Longer than the grace period: it is released, and no attempt of it is burned.
    let script = json!({"items": 80, "seconds": 8});
    let long = world.rehearse("long", &script).await;
    let is_running = |shown: &serde_json::Value| shown["progress"]["completed"].as_u64() >= Some(1);
    world.until(&long, "running", is_running).await;
    let (acked, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let callers = (0..4).map(|caller| send_until_refused(&world, caller, &acked, &over));
    let callers = futures_util::future::join_all(callers);
    let terminate = async {
        eventually("load", async || (acked.load(Ordering::SeqCst) >= ENOUGH).then_some(())).await;
        let ended = tokio::join!(worker.end(), api.end());
        over.store(true, Ordering::SeqCst);
        ended
    };
    let (sent, (worker, api)) = tokio::join!(callers, terminate);
    assert_eq!((worker.code(), api.code()), (Some(0), Some(0)));
    let store = world.store().await;
    let job = job_of(&store, &long).await.unwrap();
    assert_eq!((job.attempts, job.crashes), (0, 0), "{job:?}");

    let (api, worker) = (world.api().await, world.worker("worker", &[]));
    let sent: Vec<(Batch, String)> = sent.into_iter().flatten().collect();
    for (_, id) in &sent {
        assert_eq!(world.until_done(id).await["status"], "Succeeded");
        check_events(&store, id).await;
    }
    assert_eq!(world.until_done(&long).await["status"], "Succeeded");
    let ledger = world.bank.ledger().await;
    assert!(sent.iter().all(|(batch, _)| ledger.is_paid(batch)));
    assert_eq!(ledger.twice(), 0);
    println!("SIGTERM: {} batches acknowledged, lost 0, twice 0", sent.len());
    assert_eq!(worker.end().await.code(), Some(0));
    assert_eq!(api.end().await.code(), Some(0));
}
