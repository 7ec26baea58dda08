//! The attacks, a file each.

mod kills;
mod limits;
mod matrix;
mod pills;
mod power_cuts;
mod races;
mod skew;
mod storms;
mod survivors;
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
    kills::KILLS,           // R03
    survivors::SURVIVORS,   // R03
    zombies::ZOMBIES,       // R04
    power_cuts::POWER_CUTS, // R07
    skew::SKEW,             // R13
    storms::STORMS,         // R14
    races::RACES,           // I16
    worlds::WORLDS,         // R01
    kills::KILLS,
    survivors::SURVIVORS,
    zombies::ZOMBIES,
    storms::STORMS,
    races::RACES,
    matrix::MATRIX,
    skew::SKEW,
    pills::PILLS,
    matrix::MATRIX,         // R15
    pills::PILLS,           // R18
    limits::LIMITS,         // R19
];
