//! `cargo xtask deny`: licenses, advisories, bans and sources of the dependencies.
//!
//! It is not part of `test`: the tool takes minutes to build, and advisories come by network.

use crate::Result;
use crate::command_line::CommandLine;
use crate::setup;

pub(crate) fn run(arguments: &[String]) -> Result {
    setup::require("deny")?;
    CommandLine::new("cargo deny --workspace check")
        .arguments(arguments.iter().map(String::as_str))
        .run()
}
