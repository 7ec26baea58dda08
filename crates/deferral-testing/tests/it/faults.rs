//! Trouble comes when it was ordered, and does what it says.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::commit::{ApiCommit, Commit};
use deferral_core::{CommitError, Store, StoreError, Tenant, Topic};
use deferral_testing::{Everything, Factory, Fault, FaultyStore, Harness, MemoryHarness};

/// A store, and the same one in trouble.
fn troubled(number: u64, fault: Fault) -> (Arc<dyn Store>, FaultyStore) {
    let store = MemoryHarness::open().store();
    (Arc::clone(&store), FaultyStore::at(store, number, fault))
}

fn enqueue(make: &Factory) -> Commit {
    ApiCommit::new(Tenant::default()).enqueue(make.job()).into()
}

async fn jobs(store: &dyn Store) -> usize {
    Everything::of(store).await.unwrap().jobs.len()
}

#[tokio::test]
async fn an_unavailable_store_writes_nothing_and_comes_back() {
    let make = Factory::new();
    let (store, faulty) = troubled(2, Fault::Unavailable);
    faulty.commit(enqueue(&make)).await.unwrap();
    let refused = faulty.commit(enqueue(&make)).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    assert_eq!(jobs(&*store).await, 1);
    faulty.commit(enqueue(&make)).await.unwrap();
    assert_eq!((jobs(&*store).await, faulty.calls()), (2, 3));
}

#[tokio::test]
async fn a_lost_answer_was_written() {
    let make = Factory::new();
    let (store, faulty) = troubled(1, Fault::LostAnswer);
    let lost = faulty.commit(enqueue(&make)).await;
    assert!(matches!(lost, Err(CommitError::Store(StoreError::OutcomeUnknown(_)))), "{lost:?}");
    assert_eq!(jobs(&*store).await, 1);
}

#[tokio::test]
async fn a_lost_answer_to_anything_else_is_no_unknown_commit() {
    let make = Factory::new();
    let (store, faulty) = troubled(1, Fault::LostAnswer);
    let lost = faulty.register(make.worker()).await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_eq!(store.overview().await.unwrap().workers.len(), 1);
}

#[tokio::test]
async fn after_a_crash_nothing_works() {
    for (fault, written) in [(Fault::CrashBefore, 0), (Fault::CrashAfter, 1)] {
        let make = Factory::new();
        let (store, faulty) = troubled(2, fault);
        faulty.overview().await.unwrap();
        assert!(!faulty.has_crashed());
        faulty.commit(enqueue(&make)).await.unwrap_err();
        assert!(faulty.has_crashed());
        faulty.commit(enqueue(&make)).await.unwrap_err();
        faulty.overview().await.unwrap_err();
        assert_eq!((jobs(&*store).await, faulty.calls()), (written, 4));
        let woken = tokio::time::timeout(Duration::from_millis(20), faulty.wake(Topic::Jobs, 0));
        assert!(woken.await.is_err(), "a dead process is not woken");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_takes_its_time() {
    let make = Factory::new();
    let (store, faulty) = troubled(1, Fault::Delay(Duration::from_secs(5)));
    let began = tokio::time::Instant::now();
    faulty.commit(enqueue(&make)).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    assert_eq!(jobs(&*store).await, 1);
}

#[tokio::test]
async fn a_seed_chooses_the_same_calls_again() {
    let failed = async |seed| {
        let store = MemoryHarness::open().store();
        let faulty = FaultyStore::seeded(store, seed, 0.25, Fault::Unavailable);
        let mut failed = Vec::new();
        for call in 0..200 {
            if faulty.overview().await.is_err() {
                failed.push(call);
            }
        }
        failed
    };
    let first = failed(1).await;
    assert!((25..75).contains(&first.len()), "a quarter fails: {first:?}");
    assert_eq!(failed(1).await, first);
    assert_ne!(failed(2).await, first);
}

#[tokio::test]
async fn a_plan_may_choose_by_verb() {
    let store = MemoryHarness::open().store();
    let faulty =
        FaultyStore::new(store, |call| (call.verb == "promote").then_some(Fault::Unavailable));
    faulty.overview().await.unwrap();
    faulty.promote(1).await.unwrap_err();
}
