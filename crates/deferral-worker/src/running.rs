//! The jobs that run in a worker, for whoever must name them although their threads are blocked.

use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use deferral_core::JobId;

/// The attempts that run: one that was lost may still be stopping beside another of its job.
pub(crate) struct Running {
    start: Instant,
    attempts: Mutex<HashMap<u64, Entry>>,
    next: AtomicU64,
}

struct Entry {
    job: JobId,
    /// How long it may keep a thread.
    limit: Duration,
    /// Microseconds after `start` since which it keeps one; 0 while it keeps none.
    since: Arc<AtomicU64>,
}

/// An attempt that runs until this is dropped.
pub(crate) struct Runs {
    running: Arc<Running>,
    number: u64,
    since: Arc<AtomicU64>,
}

impl Default for Running {
    fn default() -> Self {
        Self { start: Instant::now(), attempts: Mutex::default(), next: AtomicU64::new(0) }
    }
}

impl Running {
    /// An attempt of this job begins, which may not keep a thread for longer than the limit.
    pub(crate) fn begin(self: &Arc<Self>, job: JobId, limit: Duration) -> Runs {
        let since = Arc::new(AtomicU64::new(0));
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Entry { job, limit, since: since.clone() });
        Runs { running: self.clone(), number, since }
    }

    /// All that run now, in order.
    pub(crate) fn jobs(&self) -> Vec<JobId> {
        in_order(self.lock().values())
    }

    /// Those that have kept a thread for longer than they may, in order.
    pub(crate) fn stuck(&self) -> Vec<JobId> {
        let now = self.micros();
        let kept = |entry: &&Entry| {
            let since = entry.since.load(Ordering::Relaxed);
            since != 0 && Duration::from_micros(now.saturating_sub(since)) > entry.limit
        };
        in_order(self.lock().values().filter(kept))
    }

    fn micros(&self) -> u64 {
        // Never 0, which means none.
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX).max(1)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_order<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<JobId> {
    let mut jobs: Vec<JobId> = entries.map(|entry| entry.job).collect();
    jobs.sort_unstable();
    jobs.dedup();
    jobs
}

impl Runs {
    /// Runs it, and notes since when it keeps a thread.
    pub(crate) async fn watch<F: Future>(&self, run: F) -> F::Output {
        let mut run = pin!(run);
        std::future::poll_fn(|cx| self.poll(run.as_mut(), cx)).await
    }

    fn poll<F: Future>(&self, run: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.since.store(self.running.micros(), Ordering::Relaxed);
        let polled = run.poll(cx);
        self.since.store(0, Ordering::Relaxed);
        polled
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.running.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use deferral_core::Timestamp;

    use super::*;

    #[tokio::test]
    async fn only_who_keeps_a_thread_too_long_is_stuck() {
        let running = Arc::new(Running::default());
        let job = |number| JobId::new(Timestamp::from_micros(0), [number; 10]);
        let (short, long) = (Duration::ZERO, Duration::from_secs(3600));
        let keeps = running.begin(job(1), short);
        let patient = running.begin(job(2), long);
        let waits = running.begin(job(3), short);
        let looked = async {
            // In the middle of the only poll that there is.
            while running.stuck().is_empty() {
                std::hint::spin_loop();
            }
            running.stuck()
        };
        assert_eq!(keeps.watch(patient.watch(looked)).await, [job(1)]);
        assert_eq!(running.jobs(), [job(1), job(2), job(3)]);
        assert_eq!(running.stuck(), []);
        drop(waits);
        assert_eq!(running.jobs(), [job(1), job(2)]);
    }
}
