//! Plays histories: a long one from a seed, or many short ones in search of the shortest bad one.

use proptest::prelude::{BoxedStrategy, Rng, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::pair::Disagreement;
use super::play::{Tally, agree};
use super::step::Step;
use super::strategy::{kinds, strategy};
use crate::Harness;

/// Plays so many steps from a seed: the same steps for the same seed.
pub async fn run(harness: &dyn Harness, seed: u64, steps: usize) -> Result<Tally, Disagreement> {
    let mut runner = TestRunner::new_with_rng(Config::default(), dice(seed));
    let kinds = kinds();
    let drawn = std::iter::from_fn(|| draw(&kinds, &mut runner));
    agree(harness, drawn.take(steps)).await
}

/// One step. A union of all kinds would prepare to shrink each of them, which takes longer than
/// playing the step.
fn draw(kinds: &[(u32, BoxedStrategy<Step>)], runner: &mut TestRunner) -> Option<Step> {
    let all: u32 = kinds.iter().map(|(weight, _)| weight).sum();
    let mut at = runner.rng().next_u32() % all;
    let (_, kind) = kinds.iter().find(|(weight, _)| {
        let found = at < *weight;
        at = at.saturating_sub(*weight);
        found
    })?;
    kind.new_tree(runner).ok().map(|tree| tree.current())
}

fn dice(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Plays `cases` short histories, each on a store of its own, and tells the shortest that
/// disagrees, if one does.
pub fn shortest_disagreement<H: Harness>(
    open: impl AsyncFn() -> H,
    cases: u32,
    steps: usize,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&strategy(steps), |history| {
        let agreed = runtime.block_on(async { agree(&open().await, history).await });
        agreed.map(drop).map_err(|found| TestCaseError::fail(found.to_string()))
    });
    played.map_err(|error| error.to_string())
}
