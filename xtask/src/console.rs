//! The only file that prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "xtask speaks to a person")]

/// Sets a step apart from the output of the one before.
pub(crate) fn heading(text: &str) {
    println!("\n=== {text}");
}

/// One line of an answer.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// What went wrong, where a script can tell it from an answer.
pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}
