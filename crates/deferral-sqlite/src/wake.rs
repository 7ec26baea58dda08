//! Wakes those of this process who wait for something to happen.

use deferral_core::Topic;
use tokio::sync::watch;

/// Which topics something happened in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rings {
    pub(crate) jobs: bool,
    pub(crate) operations: bool,
}

impl Rings {
    /// Something may have happened anywhere.
    pub(crate) const ALL: Self = Self { jobs: true, operations: true };

    /// What happened in either.
    #[must_use]
    pub(crate) const fn and(self, other: Self) -> Self {
        Self { jobs: self.jobs || other.jobs, operations: self.operations || other.operations }
    }

    /// As one byte, for other processes.
    pub(crate) const fn as_byte(self) -> u8 {
        self.jobs as u8 | (self.operations as u8) << 1
    }

    /// Back from the byte; bits without a meaning are left alone.
    pub(crate) const fn from_byte(byte: u8) -> Self {
        Self { jobs: byte & 1 != 0, operations: byte & 2 != 0 }
    }
}

/// Counts what happened, per topic. Who knows the count can't miss what comes after it.
pub(crate) struct Bells {
    jobs: watch::Sender<u64>,
    operations: watch::Sender<u64>,
}

impl Bells {
    /// They begin at 1, since 0 means "I know nothing yet".
    pub(crate) fn new() -> Self {
        Self { jobs: watch::Sender::new(1), operations: watch::Sender::new(1) }
    }

    pub(crate) fn ring(&self, rings: Rings) {
        if rings.jobs {
            self.jobs.send_modify(|count| *count += 1);
        }
        if rings.operations {
            self.operations.send_modify(|count| *count += 1);
        }
    }

    /// The count, once it is another than `seen`.
    pub(crate) async fn wait(&self, topic: Topic, seen: u64) -> u64 {
        let bell = match topic {
            Topic::Jobs => &self.jobs,
            Topic::Operations => &self.operations,
        };
        let mut count = bell.subscribe();
        let changed = count.wait_for(|count| *count != seen).await.map(|count| *count);
        // The sender is `self`: it can't be gone.
        changed.unwrap_or(seen)
    }
}
