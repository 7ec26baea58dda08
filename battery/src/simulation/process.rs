//! A process of a world: it can be stopped, go on, and die.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use deferral::core::WorkerId;
use tokio::sync::Notify;

/// One life of a process. Everything it does asks here whether it still may.
#[derive(Default)]
pub(crate) struct Process {
    /// Which one, for people; restarts keep it.
    pub(crate) name: u64,
    dead: AtomicBool,
    died: Notify,
    stopped: AtomicBool,
    asleep: Mutex<Vec<Waker>>,
    registered: Mutex<Vec<WorkerId>>,
}

impl Process {
    pub(crate) fn new(name: u64) -> Self {
        Self { name, ..Self::default() }
    }

    /// Dies at once: what it was doing is not finished.
    pub(crate) fn die(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.died.notify_waiters();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Waits until it dies.
    pub(crate) async fn death(&self) {
        let died = self.died.notified();
        if !self.is_dead() {
            died.await;
        }
    }

    /// Stands still, as by SIGSTOP.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Goes on where it stood still.
    pub(crate) fn go_on(&self) {
        self.stopped.store(false, Ordering::SeqCst);
        let asleep = std::mem::take(&mut *lock(&self.asleep));
        asleep.into_iter().for_each(Waker::wake);
    }

    /// A worker of this process registers.
    pub(crate) fn registers(&self, worker: WorkerId) {
        lock(&self.registered).push(worker);
    }

    /// The workers that this process registered.
    pub(crate) fn registered(&self) -> Vec<WorkerId> {
        lock(&self.registered).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something that a process does: it is polled only while the process lives and runs.
pub(crate) struct Doing<F> {
    process: std::sync::Arc<Process>,
    what: Pin<Box<F>>,
}

impl<F: Future> Doing<F> {
    pub(crate) fn new(process: std::sync::Arc<Process>, what: F) -> Self {
        Self { process, what: Box::pin(what) }
    }
}

impl<F: Future> Future for Doing<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if self.process.is_dead() {
            return Poll::Pending;
        }
        if self.process.stopped.load(Ordering::SeqCst) {
            lock(&self.process.asleep).push(cx.waker().clone());
            return Poll::Pending;
        }
        self.what.as_mut().poll(cx)
    }
}
