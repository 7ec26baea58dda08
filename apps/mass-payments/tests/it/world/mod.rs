//! A whole service against a real back office: store, API, worker, in one process.

mod bank;
mod batch;
mod service;

pub(crate) use bank::{Bank, script};
pub(crate) use batch::batch;
pub(crate) use service::{World, answer};

use std::time::{Duration, Instant};

/// Asks until there is an answer. Two minutes are far more than anything here takes.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
