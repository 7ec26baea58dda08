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

#[tokio::test]
async fn tmp_sizes() {
    use deferral_testing::Harness;
    for n in [10_000, 30_000] {
        let harness = MemoryHarness::open();
        let t = std::time::Instant::now();
        let tally = history::run(&harness, 7, n).await.unwrap();
        let run = t.elapsed();
        let t = std::time::Instant::now();
        let e = deferral_testing::Everything::of(&*harness.store()).await.unwrap();
        println!("{tally:?} {run:?} everything {:?}", t.elapsed());
        let mut by = std::collections::BTreeMap::new();
        for j in &e.jobs {
            *by.entry((j.state.as_str(), j.suspect)).or_insert(0) += 1;
        }
        println!("ops {} jobs {:?} effects {}", e.operations.len(), by, e.effects.len());
        let mut by = std::collections::BTreeMap::new();
        for (o, ev, _) in &e.operations {
            *by.entry((o.status.as_str(), ev.len() > 100)).or_insert(0) += 1;
        }
        println!("{by:?}");
    }
}
