//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Measures the service beside what the machine allows.
#[derive(Debug, Parser)]
#[command(name = "benches", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How many operations are accepted a second, beside the bare limits, and what idling costs.
    Accept(Accept),
    /// Runs a bare server to compare with.
    #[command(subcommand, hide = true)]
    Bare(Bare),
    /// Runs the service with the apps, as the binary `deferral` does.
    #[command(hide = true)]
    Service {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Accept {
    /// Print one line of JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// How long each server is under load in a round.
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// How many rounds; the figures are medians over them.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// How many connections send at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,
    /// Where the databases are put while it runs: the disk that is measured. Beside this program
    /// unless given.
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Bare {
    /// Answers, and does nothing else.
    Hello,
    /// Writes the same rows, and does nothing else.
    GroupCommit {
        /// The database, with the schema of the store.
        database: PathBuf,
    },
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "is no number".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("is not from 0.1 to 600".into())
    }
}
