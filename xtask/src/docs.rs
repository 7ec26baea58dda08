//! `cargo xtask docs`: the documentation, in which a broken link is an error.

use crate::Result;
use crate::command_line::CommandLine;

/// Libraries only: the binary `deferral` would overwrite the pages of the library of that name.
pub(crate) fn run() -> Result {
    CommandLine::new("cargo doc --workspace --lib --no-deps --locked")
        .with("RUSTDOCFLAGS", "-D warnings")
        .run()
}
