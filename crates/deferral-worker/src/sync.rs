//! Locks, atomics and bells, as threads know them. With the feature `shuttle` its schedulers choose
//! at each of them who goes on: so `interleavings.rs` tests the worker.

#[cfg(not(feature = "shuttle"))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
#[cfg(not(feature = "shuttle"))]
pub(crate) use tokio::sync::Notify;

#[cfg(feature = "shuttle")]
pub(crate) use scheduled::Notify;
#[cfg(feature = "shuttle")]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, atomic};

#[cfg(feature = "shuttle")]
mod scheduled {
    use shuttle::sync::atomic::{AtomicU64, Ordering};
    use tokio::sync::futures::Notified;

    /// The runtime's bell, with a change of turn before whatever is done with it.
    #[derive(Debug, Default)]
    pub(crate) struct Notify {
        bell: tokio::sync::Notify,
        turns: AtomicU64,
    }

    impl Notify {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        fn bell(&self) -> &tokio::sync::Notify {
            self.turns.fetch_add(1, Ordering::SeqCst);
            &self.bell
        }

        pub(crate) fn notified(&self) -> Notified<'_> {
            self.bell().notified()
        }

        pub(crate) fn notify_one(&self) {
            self.bell().notify_one();
        }

        pub(crate) fn notify_waiters(&self) {
            self.bell().notify_waiters();
        }
    }
}
