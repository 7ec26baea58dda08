//! Stops an attempt whose lease may be over, by this process's own monotonic clock.
//!
//! A store refuses the writes of a late worker, but it can't refuse its calls to the outside. So a
//! worker that had no heartbeat acknowledged for two thirds of a lease stops what it runs and
//! starts nothing new: before anybody else can take the job over.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use deferral_core::canary::{self, Canary};
use tokio::time::Instant;

use crate::flag::Flag;
use crate::sync::atomic::{AtomicU64, Ordering};

/// How long a worker may trust its leases; one for all its attempts.
#[derive(Debug)]
pub(crate) struct LeaseClock {
    start: Instant,
    /// Microseconds after `start` at which the fence falls.
    falls_at: AtomicU64,
    trust: Duration,
}

impl LeaseClock {
    /// Leases of this length, renewed by a message sent at `sent`.
    pub(crate) fn new(lease: Duration, sent: Instant) -> Self {
        let clock = Self { start: sent, falls_at: AtomicU64::new(0), trust: lease * 2 / 3 };
        clock.renewed(sent);
        clock
    }

    /// The heartbeat sent at `sent` was acknowledged. Counted from its sending: the store may have
    /// acted at any time since.
    pub(crate) fn renewed(&self, sent: Instant) {
        let falls = sent.saturating_duration_since(self.start) + self.trust;
        let micros = u64::try_from(falls.as_micros()).unwrap_or(u64::MAX);
        self.falls_at.fetch_max(micros, Ordering::SeqCst);
    }

    /// Whether the leases may be trusted.
    pub(crate) fn is_open(&self) -> bool {
        Instant::now() < self.falls_at()
    }

    fn falls_at(&self) -> Instant {
        self.start + Duration::from_micros(self.falls_at.load(Ordering::SeqCst))
    }
}

/// The fence of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    clock: Arc<LeaseClock>,
    lost: Arc<Flag>,
}

impl Fence {
    pub(crate) fn new(clock: Arc<LeaseClock>) -> Self {
        Self { clock, lost: Arc::default() }
    }

    /// The store said that the lease is not ours any more.
    pub(crate) fn lose(&self) {
        self.lost.raise();
    }

    /// Whether the attempt may still act.
    pub(crate) fn is_open(&self) -> bool {
        let open = !self.lost.is_raised() && self.clock.is_open();
        open || canary::is(Canary::DeafFence)
    }

    /// Waits until the attempt must stop.
    pub(crate) async fn closed(&self) {
        if canary::is(Canary::DeafFence) {
            std::future::pending::<()>().await;
        }
        // Sleeping again when it was renewed meanwhile.
        while self.is_open() {
            tokio::select! {
                biased;
                () = self.lost.raised() => {}
                () = tokio::time::sleep_until(self.clock.falls_at()) => {}
            }
        }
    }

    /// Runs a call behind the fence: it is asked before *every* poll, so that a process which was
    /// stopped in the middle of a call does not go on with it after it was replaced.
    pub(crate) const fn guard<F: Future + ?Sized>(&self, call: Pin<Box<F>>) -> Fenced<'_, F> {
        Fenced { fence: self, call }
    }
}

/// The fence fell during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FenceFell;

/// A call behind a fence.
pub(crate) struct Fenced<'a, F: ?Sized> {
    fence: &'a Fence,
    call: Pin<Box<F>>,
}

impl<F: Future + ?Sized> Future for Fenced<'_, F> {
    type Output = Result<F::Output, FenceFell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.fence.is_open() {
            return Poll::Ready(Err(FenceFell));
        }
        self.call.as_mut().poll(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    const LEASE: Duration = Duration::from_secs(15);

    fn fence() -> (Arc<LeaseClock>, Fence) {
        let clock = Arc::new(LeaseClock::new(LEASE, Instant::now()));
        (clock.clone(), Fence::new(clock))
    }

    #[tokio::test(start_paused = true)]
    async fn it_falls_after_two_thirds_of_a_lease() {
        let (_, fence) = fence();
        tokio::time::advance(Duration::from_millis(9_999)).await;
        assert!(fence.is_open());
        tokio::time::advance(Duration::from_millis(2)).await;
        assert!(!fence.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_counts_from_its_sending() {
        let (clock, fence) = fence();
        let sent = Instant::now();
        tokio::time::advance(Duration::from_secs(8)).await;
        clock.renewed(sent);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(!fence.is_open(), "8 s under way: the lease was not renewed by as much");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_not_polled_once_the_fence_fell() {
        let (_, fence) = fence();
        let polled = AtomicBool::new(false);
        tokio::time::advance(LEASE).await;
        let call = Box::pin(async { polled.store(true, Ordering::SeqCst) });
        assert_eq!(fence.guard(call).await, Err(FenceFell));
        assert!(!polled.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_lease_closes_it_at_once() {
        let (_, fence) = fence();
        let waiting = tokio::spawn({
            let fence = fence.clone();
            async move { fence.closed().await }
        });
        tokio::task::yield_now().await;
        fence.lose();
        waiting.await.unwrap();
    }
}
