//! What can be chosen about a store.

use std::sync::Arc;
use std::time::Duration;

use deferral_core::{Clock, Durability, SystemClock};

/// When SQLite has the disk flush what it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// Before any commit is acknowledged: nothing acknowledged is lost with the power.
    #[default]
    Full,
    /// Now and then: the last commits may be lost with the power, none with a process.
    Normal,
}

impl Synchronous {
    /// What an acknowledged commit survives.
    pub const fn durability(self) -> Durability {
        match self {
            Self::Full => Durability::PowerSafe,
            Self::Normal => Durability::CrashSafe,
        }
    }

    /// SQLite's word for it.
    pub(crate) const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// How a store is opened. The defaults are right for production.
#[derive(Clone)]
pub struct Options {
    /// The clock that due times and leases are read from.
    pub clock: Arc<dyn Clock>,
    /// What an acknowledged commit survives.
    pub synchronous: Synchronous,
    /// How long to wait for another process that writes, before a caller is told that the store
    /// is not available.
    pub patience: Duration,
    /// How many connections read beside the one that writes.
    pub readers: usize,
}

impl Default for Options {
    /// The host's clock, power-safe, 10 seconds of patience, 2 readers.
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            synchronous: Synchronous::Full,
            patience: Duration::from_secs(10),
            readers: 2,
        }
    }
}
