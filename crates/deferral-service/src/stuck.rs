//! Ends a process whose handlers keep a thread for ever, on a thread of its own: no time limit of
//! the runtime reaches them, their leases are kept by the others, and when all threads are kept,
//! nothing is done any more. After the end the jobs are taken over, and run alone: who does it
//! again and again is parked.

use std::io::Result;
use std::thread::{Builder, park_timeout};
use std::time::Duration;

use deferral_worker::Worker;

/// Its end was not as it should be.
const STUCK: i32 = 1;
/// How often to look.
const LOOK: Duration = Duration::from_millis(500);

/// Watches the jobs of a worker as long as the process lives.
pub(crate) fn watch(worker: Worker) -> Result<()> {
    let look = move || {
        loop {
            let jobs = worker.stuck_jobs();
            if !jobs.is_empty() {
                tracing::error!(
                    ?jobs,
                    "These keep a thread for longer than an attempt may take; ends the process, \
                     so that they are taken over"
                );
                std::process::exit(STUCK);
            }
            park_timeout(LOOK);
        }
    };
    Builder::new().name("deferral-stuck".to_owned()).spawn(look).map(|_| ())
}
