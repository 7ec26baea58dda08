//! The attacks, a file each.

mod accepts;
mod clock_steps;
mod edges;
mod floods;
mod full_disks;
pub(crate) mod heirs;
mod kills;
mod limits;
mod matrix;
mod memory;
mod mixture;
mod pills;
mod power_cuts;
mod races;
mod rows;
mod sequences;
mod shutdown;
mod skew;
mod storms;
mod streams;
mod survivors;
mod syscalls;
pub(crate) mod worlds;
mod zombies;

use std::pin::Pin;

use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;

/// An attack that runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Report, Error>> + Send>>;

/// One attack.
#[derive(Clone, Copy)]
pub(crate) struct Attack {
    /// What it is called, as its file is.
    pub(crate) name: &'static str,
    /// What it proves, in a line.
    pub(crate) proves: &'static str,
    /// Whether it needs the machine for itself: clocks, pressure of memory, figures of speed.
    pub(crate) alone: bool,
    /// Carries it out.
    pub(crate) run: fn(Plan) -> Running,
}

/// All attacks, in the order in which they run.
pub(crate) const ALL: &[Attack] = &[
    worlds::WORLDS,           // R01
    syscalls::SYSCALLS,       // R02
    accepts::ACCEPTS,         // R02
    kills::KILLS,             // R03
    survivors::SURVIVORS,     // R03
    zombies::ZOMBIES,         // R04
    heirs::HEIRS,             // R04
    power_cuts::POWER_CUTS,   // R07
    full_disks::FULL_DISKS,   // R09
    memory::MEMORY,           // R10
    clock_steps::CLOCK_STEPS, // R12
    skew::SKEW,               // R13
    storms::STORMS,           // R14
    matrix::MATRIX,           // R15
    races::RACES,             // I16
    pills::PILLS,             // R18
    limits::LIMITS,           // R19
    shutdown::SHUTDOWN,       // R20
    floods::FLOODS,           // R21
    sequences::SEQUENCES,     // R25
    rows::ROWS,               // R28
    edges::EDGES,             // R29
    streams::STREAMS,         // R31
];
