//! A connection's socket with a watch on it: who sends a head too slowly, or takes no answer, is
//! cut; who is answered before all was sent can still read the answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::limits::Limits;
use super::phase::Phase;

/// After the last answer: how long, and how much, is still read from one who has not finished
/// sending. Closing at once would reset the connection, and take the answer with it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

pub(super) struct Socket {
    stream: TcpStream,
    phase: Phase,
    /// The phase that `head` and `head_begun` are about.
    seen: u64,
    head: Deadline,
    /// Whether a head has begun; a new connection is taken to begin with one.
    head_begun: bool,
    write: Deadline,
    linger: Deadline,
    lingered: usize,
    finished: bool,
}

impl Socket {
    pub(super) const fn new(stream: TcpStream, phase: Phase, limits: &Limits) -> Self {
        Self {
            stream,
            phase,
            seen: 0,
            head: Deadline::new(limits.head_timeout),
            head_begun: true,
            write: Deadline::new(limits.write_timeout),
            linger: Deadline::new(LINGER),
            lingered: 0,
            finished: false,
        }
    }

    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.forget_the_last_head();
        if self.head_begun { self.head.poll(cx) } else { Poll::Pending }
    }

    /// A head is over once its request is answered.
    fn forget_the_last_head(&mut self) {
        let phase = self.phase.number();
        if phase != self.seen {
            self.seen = phase;
            self.head_begun = false;
            self.head.clear();
        }
    }

    /// Reads and forgets until the other side closes, or has had its chance.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; 16 * 1024];
        while self.lingered < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.lingered += buffer.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(self.linger.poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match read {
            Poll::Pending => self.poll_head(cx).map(Err),
            Poll::Ready(_) => {
                let got_some = buffer.filled().len() > before;
                self.forget_the_last_head();
                if got_some && !self.phase.is_answering() {
                    self.head_begun = true;
                }
                read
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.write.unless_ready(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.write.unless_ready(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.finished {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.finished = true;
        }
        self.poll_linger(cx)
    }
}

/// A time to be kept; its clock starts when it is first asked.
struct Deadline {
    after: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    const fn new(after: Duration) -> Self {
        Self { after, sleep: None }
    }

    fn clear(&mut self) {
        self.sleep = None;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let after = self.after;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(after)));
        sleep.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }

    fn unless_ready(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.poll(cx).map(Err);
        }
        self.clear();
        written
    }
}
