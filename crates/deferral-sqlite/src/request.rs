//! What a caller wants written, and how they are told what came of it.

use deferral_core::{Refusal, StoreError, Timestamp};
use tokio::sync::oneshot;

use crate::encode::EncodedCommit;
use crate::error::Failure;
use crate::transaction::Transaction;
use crate::write::PlainFinish;

/// How a batch ended.
pub(crate) enum End {
    /// What it wrote is written, and as durable as the store promises.
    Written,
    /// Nothing of it was written.
    NotWritten(Failure),
    /// The answer of its commit was lost.
    Unknown(Failure),
}

/// What a caller wants written.
pub(crate) struct Request {
    bytes: usize,
    verb: Box<dyn Verb>,
}

/// What the writer knows of a request. It may run more than once, each time in a transaction in
/// which nothing of it was written yet.
trait Verb: Send {
    fn is_wanted(&self) -> bool;
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Failure>;
    /// What it does, if that can be done together with others.
    fn plain_finish(&self) -> Option<&PlainFinish> {
        None
    }
    /// It was done together with others.
    fn finished(&mut self, _at: Timestamp) {}
    fn fail(&mut self, failure: Failure);
    fn answer(self: Box<Self>, end: &End);
}

struct Call<T, U, F, D> {
    run: F,
    deliver: D,
    outcome: Option<Result<T, Failure>>,
    wrote: bool,
    reply: Option<oneshot::Sender<Result<U, StoreError>>>,
}

type Written = Result<Timestamp, Refusal>;

/// A commit: what it does may be done together with others.
struct CommitCall<F, D> {
    call: Call<Written, Written, F, D>,
    plain: Option<PlainFinish>,
}

/// Where an answer comes.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;

impl Request {
    /// A request of about so many bytes.
    pub(crate) fn new<T, F>(bytes: usize, run: F) -> (Self, Answer<T>)
    where
        T: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (mut request, answer) = Self::delivered(run, |value| value);
        request.bytes = bytes;
        (request, answer)
    }

    /// A request whose outcome is made ready for its caller once it is written, not before.
    pub(crate) fn delivered<T, U, F, D>(run: F, deliver: D) -> (Self, Answer<U>)
    where
        T: Send + 'static,
        U: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<T, Failure> + Send + 'static,
        D: FnOnce(T) -> U + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Call { run, deliver, outcome: None, wrote: false, reply: Some(reply) };
        (Self { bytes: 0, verb: Box::new(call) }, answer)
    }

    /// A commit.
    pub(crate) fn commit(commit: EncodedCommit) -> (Self, Answer<Written>) {
        let (reply, answer) = oneshot::channel();
        let (bytes, plain) = (commit.size(), commit.plain_finish());
        let run = move |transaction: &mut Transaction<'_>| transaction.write_commit(&commit);
        let deliver = |written| written;
        let call = Call { run, deliver, outcome: None, wrote: false, reply: Some(reply) };
        (Self { bytes, verb: Box::new(CommitCall { call, plain }) }, answer)
    }

    /// A request that is done although nobody waits for its answer.
    pub(crate) fn unattended<F>(run: F) -> Self
    where
        F: FnMut(&mut Transaction<'_>) -> Result<(), Failure> + Send + 'static,
    {
        let deliver = |()| ();
        let call = Call { run, deliver, outcome: None, wrote: false, reply: None };
        Self { bytes: 0, verb: Box::new(call) }
    }

    /// About how many bytes it writes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether its caller still waits.
    pub(crate) fn is_wanted(&self) -> bool {
        self.verb.is_wanted()
    }

    /// Does it, and keeps what came of it until [`answer`](Self::answer).
    pub(crate) fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
        self.verb.run(transaction)
    }

    /// What it does, if that can be done together with others.
    pub(crate) fn plain_finish(&self) -> Option<&PlainFinish> {
        self.verb.plain_finish()
    }

    /// It was done together with others, at this time.
    pub(crate) fn finished(&mut self, at: Timestamp) {
        self.verb.finished(at);
    }

    /// It alone failed, and wrote nothing.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.verb.fail(failure);
    }

    /// Tells the caller, now that the batch ended.
    pub(crate) fn answer(self, end: &End) {
        self.verb.answer(end);
    }
}

impl<T, U, F, D> Verb for Call<T, U, F, D>
where
    T: Send,
    U: Send,
    F: FnMut(&mut Transaction<'_>) -> Result<T, Failure> + Send,
    D: FnOnce(T) -> U + Send,
{
    fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_none_or(|reply| !reply.is_closed())
    }

    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
        let before = transaction.written();
        let value = (self.run)(transaction)?;
        self.wrote = transaction.written() != before;
        self.outcome = Some(Ok(value));
        Ok(())
    }

    fn fail(&mut self, failure: Failure) {
        self.wrote = false;
        self.outcome = Some(Err(failure));
    }

    fn answer(self: Box<Self>, end: &End) {
        let answer = match (end, self.outcome) {
            (End::Written, Some(Ok(value))) => Ok((self.deliver)(value)),
            (End::Unknown(failure), Some(Ok(_))) if self.wrote => Err(failure.unknown()),
            (_, Some(Err(failure))) => Err(failure.told()),
            (End::NotWritten(failure) | End::Unknown(failure), _) => Err(failure.told()),
            // Skipped, since its caller was gone.
            (End::Written, None) => return,
        };
        if let Some(reply) = self.reply {
            // Who dropped the answer's future does not want it.
            let _unwanted = reply.send(answer);
        }
    }
}

impl<F, D> Verb for CommitCall<F, D>
where
    F: FnMut(&mut Transaction<'_>) -> Result<Written, Failure> + Send,
    D: FnOnce(Written) -> Written + Send,
{
    fn is_wanted(&self) -> bool {
        self.call.is_wanted()
    }

    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
        self.call.run(transaction)
    }

    fn plain_finish(&self) -> Option<&PlainFinish> {
        self.plain.as_ref()
    }

    fn finished(&mut self, at: Timestamp) {
        self.call.wrote = true;
        self.call.outcome = Some(Ok(Ok(at)));
    }

    fn fail(&mut self, failure: Failure) {
        self.call.fail(failure);
    }

    fn answer(self: Box<Self>, end: &End) {
        Box::new(self.call).answer(end);
    }
}
