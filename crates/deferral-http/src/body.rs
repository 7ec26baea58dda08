//! Request bodies on their way in: counted against what all may hold together, given a time to
//! arrive, and hashed as they pass, so that routes keep their ordinary extractors.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch::Receiver;
use tokio::time::sleep;

use crate::problem::Problem;

/// What a piece of a body takes beside its bytes: where it is kept, and where that is noted.
const PIECE: usize = 64;

/// How many bytes of bodies may be in memory together.
pub(crate) struct Budget {
    limit: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, held: AtomicUsize::new(0) }
    }
}

/// What is known about the body of one request.
pub(crate) struct Meter {
    budget: Arc<Budget>,
    held: AtomicUsize,
    digest: OnceLock<[u8; 32]>,
    failure: OnceLock<Failure>,
    ended: AtomicBool,
}

/// Why a body is not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Overloaded,
    TooSlow,
    Draining,
}

impl Meter {
    /// SHA-256 of the body as far as it was read: all of it when a handler asks, since extractors
    /// have run by then; nothing when nobody wanted it.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest.get().copied().unwrap_or_default()
    }

    /// What to answer if the body could not be read, whatever the handler made of that.
    pub(crate) fn problem(&self) -> Option<Problem> {
        self.failure.get().map(|failure| match failure {
            Failure::Overloaded => Problem::overloaded(),
            Failure::TooSlow => Problem::body_too_slow(),
            Failure::Draining => Problem::draining(),
        })
    }

    /// Whether all of the body was read.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Gives the bytes back early: what was in them is written, though the answer may wait.
    pub(crate) fn release(&self) {
        let held = self.held.swap(0, Ordering::Relaxed);
        self.budget.held.fetch_sub(held, Ordering::Relaxed);
    }

    fn charge(&self, bytes: usize) -> Result<(), Failure> {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        let before = self.budget.held.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.budget.limit;
        if fits { Ok(()) } else { Err(self.fail(Failure::Overloaded)) }
    }

    fn fail(&self, failure: Failure) -> Failure {
        *self.failure.get_or_init(|| failure)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.release();
    }
}

/// The room of a body, taken until this is dropped: see [`Api::hold_body`](crate::Api::hold_body).
#[must_use = "the room is given back when it is dropped"]
pub struct HeldBody(Option<Arc<Meter>>);

impl HeldBody {
    pub(crate) fn of(meter: Option<&Arc<Meter>>) -> Self {
        Self(meter.map(Arc::clone))
    }
}

impl std::fmt::Debug for HeldBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let held = self.0.as_ref().map(|meter| meter.held.load(Ordering::Relaxed));
        f.debug_tuple("HeldBody").field(&held).finish()
    }
}

/// The body as routes get it.
struct MeteredBody {
    inner: Body,
    meter: Arc<Meter>,
    hasher: Option<Sha256>,
    waiting: Waiting,
}

/// The wait for a body that did not come with its head.
enum Waiting {
    Not(Patience),
    Begun(Pin<Box<dyn Future<Output = Failure> + Send>>),
}

impl Waiting {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Failure> {
        if let Self::Not(patience) = self {
            *self = Self::Begun(Box::pin(patience.clone().run_out()));
        }
        match self {
            Self::Begun(wait) => wait.as_mut().poll(cx),
            Self::Not(_) => Poll::Pending,
        }
    }
}

/// How long a body is waited for.
#[derive(Clone)]
pub(crate) struct Patience {
    /// From when there is something to wait for: most bodies come with their head.
    pub(crate) timeout: Duration,
    /// Whether this process drains: then what has not come yet is not waited for.
    pub(crate) draining: Receiver<bool>,
}

impl Patience {
    async fn run_out(self) -> Failure {
        let Self { timeout, mut draining } = self;
        tokio::select! {
            () = sleep(timeout) => Failure::TooSlow,
            Ok(_) = draining.wait_for(|draining| *draining) => Failure::Draining,
        }
    }
}

/// Puts a meter on a body. It is hashed only if `hashed`.
pub(crate) fn metered(
    inner: Body,
    budget: &Arc<Budget>,
    patience: Patience,
    hashed: bool,
) -> (Body, Arc<Meter>) {
    let meter = Arc::new(Meter {
        budget: Arc::clone(budget),
        held: AtomicUsize::new(0),
        digest: OnceLock::new(),
        failure: OnceLock::new(),
        ended: AtomicBool::new(false),
    });
    let hasher = hashed.then(Sha256::new);
    let waiting = Waiting::Not(patience);
    let body = MeteredBody { inner, meter: Arc::clone(&meter), hasher, waiting };
    (Body::new(body), meter)
}

impl MeteredBody {
    /// A copy of the piece. As it arrives it is a slice of the connection's buffer: whoever keeps
    /// one byte of that keeps 8 KiB, and nobody counts them.
    fn take(&mut self, data: &[u8]) -> Result<Bytes, Failure> {
        self.meter.charge(data.len() + PIECE)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(data);
        }
        Ok(Bytes::copy_from_slice(data))
    }
}

impl HttpBody for MeteredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let refused = |failure| Poll::Ready(Some(Err(axum::Error::new(BodyRefused(failure)))));
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data().map(|data| self.take(&data)) {
                Ok(Ok(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
                Ok(Err(failure)) => refused(failure),
                // Trailers: nobody asks for them.
                Err(frame) => Poll::Ready(Some(Ok(frame))),
            },
            Poll::Pending => match self.waiting.poll(cx) {
                Poll::Ready(failure) => refused(self.meter.fail(failure)),
                Poll::Pending => Poll::Pending,
            },
            ready @ Poll::Ready(_) => {
                self.meter.ended.store(matches!(ready, Poll::Ready(None)), Ordering::Relaxed);
                ready
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Extractors drop the body before the handler runs: then all that will be read is read.
impl Drop for MeteredBody {
    fn drop(&mut self) {
        if let Some(hasher) = self.hasher.take() {
            let _first = self.meter.digest.set(hasher.finalize().into());
        }
    }
}

#[derive(Debug)]
struct BodyRefused(Failure);

impl std::fmt::Display for BodyRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the body is not read further: {:?}", self.0)
    }
}

impl std::error::Error for BodyRefused {}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: Body) -> Option<Bytes> {
        axum::body::to_bytes(body, usize::MAX).await.ok()
    }

    fn patience(timeout: Duration) -> Patience {
        Patience { timeout, draining: tokio::sync::watch::channel(false).1 }
    }

    /// A body of one piece with seven bytes.
    fn seven(budget: &Arc<Budget>) -> (Body, Arc<Meter>) {
        metered(Body::from("pay 100"), budget, patience(Duration::MAX), true)
    }

    fn silent() -> Body {
        Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>())
    }

    #[tokio::test]
    async fn what_passes_is_hashed() {
        let budget = Arc::new(Budget::new(100));
        let (body, meter) = seven(&budget);
        assert_eq!(read(body).await.unwrap(), "pay 100");
        assert_eq!(meter.digest(), <[u8; 32]>::from(Sha256::digest("pay 100")));
    }

    #[tokio::test]
    async fn bodies_share_their_room() {
        let budget = Arc::new(Budget::new(PIECE + 10));
        let (body, first) = seven(&budget);
        assert!(read(body).await.is_some());
        let (body, second) = seven(&budget);
        assert!(read(body).await.is_none() && second.problem().is_some());
        drop(second);
        first.release();
        let (body, _third) = seven(&budget);
        assert!(read(body).await.is_some());
    }

    #[tokio::test]
    async fn a_held_body_keeps_its_room_though_its_request_is_gone() {
        let budget = Arc::new(Budget::new(PIECE + 10));
        let (body, meter) = seven(&budget);
        assert!(read(body).await.is_some());
        let held = HeldBody::of(Some(&meter));
        drop(meter);
        let (body, _second) = seven(&budget);
        assert!(read(body).await.is_none());
        drop((held, _second));
        let (body, _third) = seven(&budget);
        assert!(read(body).await.is_some());
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let budget = Arc::new(Budget::new(10));
        let patience = patience(Duration::from_millis(5));
        let (body, meter) = metered(silent(), &budget, patience, false);
        assert!(read(body).await.is_none());
        assert_eq!(meter.failure.get(), Some(&Failure::TooSlow));
    }

    #[tokio::test]
    async fn a_process_that_drains_waits_for_no_body() {
        let budget = Arc::new(Budget::new(10));
        let (drain, draining) = tokio::sync::watch::channel(false);
        let patience = Patience { timeout: Duration::from_secs(3600), draining };
        let (body, meter) = metered(silent(), &budget, patience, false);
        drain.send_replace(true);
        assert!(read(body).await.is_none());
        assert_eq!(meter.failure.get(), Some(&Failure::Draining));
    }

    #[tokio::test]
    async fn a_byte_takes_no_more_room_than_is_counted() {
        let arrived = Bytes::from(vec![b'x'; 8192]);
        let bytes = arrived.clone();
        let drops = (0..8).map(move |at| Ok::<_, std::io::Error>(bytes.slice(at..=at)));
        let inner = Body::from_stream(futures_util::stream::iter(drops));
        let budget = Arc::new(Budget::new(usize::MAX));
        let (mut body, meter) = metered(inner, &budget, patience(Duration::MAX), false);
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
        {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(!arrived.as_ptr_range().contains(&piece.as_ptr()), "a slice of the buffer");
        }
        assert_eq!(meter.held.load(Ordering::Relaxed), 8 * (1 + PIECE));
    }
}
