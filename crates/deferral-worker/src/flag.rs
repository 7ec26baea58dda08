//! Something that is said once and holds from then on: stop, released, canceled, lost.

use std::time::Duration;

use crate::sync::Notify;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Raised once, by anybody; whoever waits for it wakes, and nobody waits for it afterwards.
#[derive(Debug, Default)]
pub(crate) struct Flag {
    is_raised: AtomicBool,
    raised: Notify,
}

impl Flag {
    pub(crate) fn raise(&self) {
        self.is_raised.store(true, Ordering::SeqCst);
        self.raised.notify_waiters();
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.is_raised.load(Ordering::SeqCst)
    }

    /// Waits until it is raised. Cancel-safe.
    pub(crate) async fn raised(&self) {
        // Before the look: it hears of what is raised from here on.
        let raised = self.raised.notified();
        if !self.is_raised() {
            raised.await;
        }
    }

    /// Waits until it is raised, so long at most. Whether it is.
    pub(crate) async fn raised_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.raised()).await.is_ok()
    }
}
