//! How much of everything is measured.

use std::time::Duration;

/// How much of everything is measured.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) rounds: u32,
    /// How long each server is under load.
    pub(crate) load: Duration,
    /// Jobs that are enqueued or drained.
    pub(crate) jobs: u64,
    /// Jobs that are enqueued one by one: each waits for the disk.
    pub(crate) single: u64,
    /// How many wait behind those that are drained.
    pub(crate) backlogs: &'static [u64],
    /// Jobs whose wait is measured.
    pub(crate) pick_ups: u64,
    pub(crate) idle: Duration,
    pub(crate) growth: u64,
}

impl Size {
    pub(crate) const fn full() -> Self {
        Self {
            rounds: 3,
            load: Duration::from_secs(3),
            jobs: 50_000,
            single: 3000,
            backlogs: &[1000, 10_000, 100_000, 1_000_000],
            pick_ups: 500,
            idle: Duration::from_secs(10),
            growth: 500_000,
        }
    }

    pub(crate) const fn quick() -> Self {
        Self {
            rounds: 1,
            load: Duration::from_millis(500),
            jobs: 5000,
            single: 300,
            backlogs: &[10_000, 30_000],
            pick_ups: 50,
            idle: Duration::from_secs(1),
            growth: 20_000,
        }
    }
}
