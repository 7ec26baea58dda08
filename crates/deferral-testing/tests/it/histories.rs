//! A long history of the memory store beside itself, and the disagreements of one that errs.

use deferral_testing::{MemoryHarness, history};

#[tokio::test]
async fn a_memory_store_agrees_with_another_one() {
    let tally = history::run(&MemoryHarness::open(), 7, 20_000).await.unwrap();
    println!("{tally:?}");
    let tally = [
        tally.written,
        tally.taken,
        tally.changed,
        tally.stale,
        tally.claimed,
        tally.rescued,
        tally.pruned,
    ];
    assert!(tally.iter().all(|count| *count > 50), "an empty history proves nothing: {tally:?}");
}

#[tokio::test]
async fn tmp_sizes() {
    use deferral_testing::Harness;
    let harness = MemoryHarness::open();
    let t = std::time::Instant::now();
    let tally = history::run(&harness, 7, 20_000).await.unwrap();
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

#[test]
fn tmp_gen() {
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let s = history::strategy(20000);
    let t = std::time::Instant::now();
    let v = s.new_tree(&mut runner).unwrap().current();
    println!("{} {:?}", v.len(), t.elapsed());
}
