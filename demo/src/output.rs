//! What the demo says. The only place that prints.

use crate::error::Error;

#[expect(clippy::print_stdout, reason = "this is the one place that prints")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "this is the one place that prints")]
pub(crate) fn error(error: &Error) {
    eprintln!("demo: {error}");
}
