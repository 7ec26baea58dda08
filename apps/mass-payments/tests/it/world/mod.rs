//! A whole service against a real back office: store, API, worker, in one process.

mod bank;
mod batch;
mod service;

pub(crate) use bank::{Bank, script};
pub(crate) use batch::{CLOSED_ACCOUNT, batch, line};
pub(crate) use service::{Answer, World, answer};

use std::time::{Duration, Instant};

/// Asks until there is an answer. Half a minute is far more than anything here takes.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
