//! What is measured, and how often each part is started.

mod accept;
mod backlog;
mod drain;
mod enqueue;
mod growth;
mod idle;
mod pick_up;

use crate::args::Workload;
use crate::bench::Bench;
use crate::child::Sample;
use crate::error::Error;
use crate::figure::{Figure, Round};
use crate::size::Size;

impl Workload {
    /// How many processes it starts.
    pub(crate) const fn steps(self, size: &Size) -> u64 {
        let rounds = size.rounds as u64;
        match self {
            Self::Accept => accept::STEPS * rounds,
            Self::Enqueue => enqueue::STEPS * rounds,
            Self::Drain => 1 + drain::STEPS * rounds,
            Self::Backlog => size.backlogs.len() as u64 * (1 + backlog::STEPS * rounds),
            Self::PickUp => pick_up::STEPS * rounds,
            Self::Idle => idle::STEPS * rounds,
            Self::Growth => 1,
        }
    }

    /// Measures it.
    pub(crate) async fn measure(self, bench: &Bench) -> Result<Vec<Figure>, Error> {
        match self {
            Self::Accept => accept::measure(bench).await,
            Self::Enqueue => enqueue::measure(bench).await,
            Self::Drain => drain::measure(bench).await,
            Self::Backlog => backlog::measure(bench).await,
            Self::PickUp => pick_up::measure(bench).await,
            Self::Idle => idle::measure(bench).await,
            Self::Growth => growth::measure(bench).await,
        }
    }
}

/// The rate of ours beside that of its neighbor.
fn beside(ours: &Sample, raw: Option<&Sample>, fsync_micros: f64) -> Round {
    Round {
        value: ours.per_second(),
        cpu_micros: Some(ours.cpu_micros()),
        raw: raw.map(|raw| (raw.per_second(), Some(raw.cpu_micros()))),
        fsync_micros,
    }
}
