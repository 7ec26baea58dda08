//! What an attack is.

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
