//! Histories of the memory store beside itself, and of one that errs.

use deferral_testing::{MemoryHarness, history};

#[tokio::test]
async fn a_memory_store_agrees_with_another_one() {
    let tally = history::run(&MemoryHarness::open(), 7, 20_000).await.unwrap();
    let counts = [
        tally.written,
        tally.taken,
        tally.changed,
        tally.stale,
        tally.claimed,
        tally.rescued,
        tally.pruned,
    ];
    assert!(counts.iter().all(|count| *count > 50), "an empty history proves nothing: {tally:?}");
}

#[tokio::test]
async fn a_seed_plays_the_same_history_again() {
    let first = history::run(&MemoryHarness::open(), 3, 2000).await.unwrap();
    assert_eq!(history::run(&MemoryHarness::open(), 3, 2000).await.unwrap(), first);
    assert_ne!(history::run(&MemoryHarness::open(), 4, 2000).await.unwrap(), first);
}

#[test]
fn short_histories_agree() {
    let open = async || MemoryHarness::open();
    history::shortest_disagreement(open, 64, 100).unwrap();
}
