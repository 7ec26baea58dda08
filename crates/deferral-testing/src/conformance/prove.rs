//! Runs one scenario.

use std::time::Duration;

use super::Harness;

/// A scenario that takes longer waits for something that will not come.
const DEADLINE: Duration = Duration::from_secs(60);

/// Plays a scenario on a store that was opened for it, on a runtime of its own.
///
/// # Panics
/// When the store does not keep the promise.
pub fn prove<H: Harness>(
    open: impl Future<Output = H>,
    scenario: impl AsyncFnOnce(&mut dyn Harness),
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let mut harness = open.await;
        let played = tokio::time::timeout(DEADLINE, scenario(&mut harness)).await;
        assert!(played.is_ok(), "the scenario did not end within {DEADLINE:?}");
    });
}
