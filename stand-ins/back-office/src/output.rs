//! The only place that prints. Whoever started us may have stopped reading: that is no error.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// Says where it listens, in the first line, for a parent to read the port from.
pub(crate) fn started(url: &str, seed: u64) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "back office listens on {url}");
    let _ = writeln!(out, "seed {seed}");
}

/// Says why it could not run.
pub fn failed(error: &dyn Display) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "back office: {error}");
    ExitCode::FAILURE
}
