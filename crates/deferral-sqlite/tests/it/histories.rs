//! The store and the memory store live through the same steps.

use deferral_testing::history;

/// So many steps, unless `DEFERRAL_HISTORY_STEPS` says otherwise.
const STEPS: usize = 4000;

fn steps() -> usize {
    std::env::var("DEFERRAL_HISTORY_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(STEPS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_history_agrees_with_the_memory_store() {
    let harness = crate::harness::open().await;
    let tally = history::run(&harness, 11, steps()).await.unwrap();
    println!("{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_history_through_two_processes_agrees_with_the_memory_store() {
    let harness = crate::both::open().await;
    let tally = history::run(&harness, 12, steps()).await.unwrap();
    println!("{tally:?}");
}

#[test]
fn short_histories_agree_with_the_memory_store() {
    history::shortest_disagreement(crate::harness::open, 32, 60).unwrap();
}
