//! What is printed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the one place that prints")]

use std::fmt::Display;

/// A line of the result.
pub(crate) fn line(line: impl Display) {
    println!("{line}");
}

/// Something a person should know, beside the result.
pub(crate) fn note(note: impl Display) {
    eprintln!("{note}");
}

/// Why it failed.
pub(crate) fn error(error: &dyn Display) {
    eprintln!("battery: {error}");
}
