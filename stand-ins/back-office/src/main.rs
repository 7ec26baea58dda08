//! The back office as a program of its own.

use std::process::ExitCode;

use back_office::{Args, output};
use clap::Parser;

#[derive(Parser)]
#[command(name = "back-office", about)]
struct Command {
    #[command(flatten)]
    args: Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    match back_office::run(Command::parse().args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failed(&error),
    }
}
