//! What happened in a world: a digest always, and lines for a person when asked for.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What happened, in order.
pub(crate) struct Trace {
    told: bool,
    state: Mutex<State>,
}

struct State {
    digest: u64,
    lines: Vec<String>,
}

impl Trace {
    pub(crate) fn new(told: bool) -> Self {
        // The offset basis and prime of FNV-1a.
        let state = State { digest: 0xcbf2_9ce4_8422_2325, lines: Vec::new() };
        Self { told, state: Mutex::new(state) }
    }

    /// Notes that something happened. `code` stands for it in the digest.
    pub(crate) fn note(&self, at: Duration, code: u64, line: impl FnOnce() -> String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let micros = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        for word in [micros, code] {
            state.digest = (state.digest ^ word).wrapping_mul(0x0100_0000_01b3);
        }
        if self.told {
            state.lines.push(format!("{:>9.3} {}", at.as_secs_f64(), line()));
        }
    }

    /// The same for the same happenings in the same order.
    pub(crate) fn digest(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).digest
    }

    /// All of it in words; nothing unless told to keep it.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trace({:016x})", self.digest())
    }
}
