//! `cargo xtask battery`: attacks the running system, at the size for every day.

use crate::Result;
use crate::command_line::CommandLine;
use crate::end_to_end;
use crate::workspace::Metadata;

/// As many attacks beside each other as a small machine bears; what they wait for, mostly, is
/// leases to run out.
const ARGUMENTS: [&str; 4] = ["run", "--small", "--at-once", "2"];

pub(crate) fn run() -> Result {
    CommandLine::new(end_to_end::BUILD).run()?;
    let program = format!("{}/debug/battery", Metadata::read()?.target_directory);
    CommandLine::new(&program).arguments(ARGUMENTS).run()
}
