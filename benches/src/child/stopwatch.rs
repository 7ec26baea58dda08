//! Time and processor time of this process.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

pub(super) struct Stopwatch {
    begun: Instant,
    cpu: f64,
}

/// What went by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lap {
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { begun: Instant::now(), cpu: cpu_seconds() }
    }

    pub(super) fn lap(&self) -> Lap {
        let seconds = self.begun.elapsed().as_secs_f64();
        Lap { seconds, cpu_seconds: cpu_seconds() - self.cpu }
    }
}

/// User and system time of all threads, those that ended too.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
