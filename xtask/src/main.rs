//! The project's own tooling: `cargo xtask <command>`.
//!
//! Everything that is done to the code, rather than by it, starts here: installing what the
//! tests need, checking the rules that the compiler does not know, and running all of it in order.

mod battery;
mod command_line;
mod console;
mod demo_report;
mod deny;
mod docs;
mod end_to_end;
mod performance;
mod rust_text;
mod setup;
mod test;
mod tidy;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What every command answers: nothing, or what went wrong and what to do about it.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tooling")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need with the system's package manager
    Setup {
        /// Install nothing: fail with the exact command if something is missing
        #[arg(long)]
        check: bool,
    },
    /// Check the rules that the compiler does not know
    Tidy,
    /// Run everything: format, lints, tidy, tests, documentation, the demo, the battery
    Test,
    /// Build the documentation; a warning is an error
    Docs,
    /// Run the demo from start to end and check what it reports
    EndToEnd,
    /// Measure everything, and write tables and plots into docs/performance.md (not part of `test`)
    Performance(performance::Options),
    /// Run the small size of the battery
    Battery,
    /// Check licenses, advisories and sources of the dependencies (not part of `test`)
    Deny {
        /// Passed on to `cargo deny check`
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup { check: true } => setup::check(),
        Command::Setup { check: false } => setup::install(),
        Command::Tidy => tidy::run(),
        Command::Test => test::run(),
        Command::Docs => docs::run(),
        Command::EndToEnd => end_to_end::run(),
        Command::Performance(options) => performance::run(&options),
        Command::Battery => battery::run(),
        Command::Deny { arguments } => deny::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
