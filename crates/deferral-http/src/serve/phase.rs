//! Whether a connection waits for a request or is answering one: the service knows, the socket
//! must.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// Shared by the two ends of one connection: counts beginnings and ends of answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU64>);

impl Phase {
    /// The count, which another phase changes.
    pub(super) fn number(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn is_answering(&self) -> bool {
        !self.number().is_multiple_of(2)
    }

    /// A request is here; it is answered once what is returned is dropped.
    pub(super) fn begin(&self) -> Answering {
        self.0.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }
}

/// A request that is being answered.
pub(super) struct Answering(Phase);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The body of an answer: with it the answer ends.
pub(super) struct AnswerBody {
    pub(super) body: Body,
    pub(super) _answering: Answering,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
