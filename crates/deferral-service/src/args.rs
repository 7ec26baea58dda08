//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::info::InfoArgs;
use crate::commands::keys::KeysCommand;
use crate::commands::operations::OperationsCommand;

/// Answers an API call now and finishes the work later, safely.
#[derive(Debug, Parser)]
#[command(name = "deferral", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every subcommand takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The configuration file; `deferral.toml` when that exists.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The store, such as `sqlite:deferral.db`.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Where to listen.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Where to tell operators about health.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) admin_listen: Option<String>,
    /// Any setting.
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE")]
    pub(crate) settings: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the API and runs jobs, in one process.
    Serve,
    /// Serves the API.
    Api,
    /// Runs jobs. Opens no port unless `--admin-listen` says so.
    Worker,
    /// Shows queues and workers.
    Info(InfoArgs),
    /// Shows and resolves operations.
    #[command(subcommand)]
    Operations(OperationsCommand),
    /// Makes, lists and revokes API keys.
    #[command(subcommand)]
    Keys(KeysCommand),
}
