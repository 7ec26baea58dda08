//! The attacks, a file each.

mod accepts;
mod clock_steps;
mod definition;
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

pub(crate) use self::definition::{Attack, Running};

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
