//! The command line.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Attacks the running system, and counts what was lost or done twice
#[derive(Debug, Parser)]
#[command(name = "battery", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) part: Part,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Part {
    /// Runs attacks: all of them, or those that are named
    Run(RunArgs),
    /// Sums up what the commit survived that was attacked last, for each store
    Ledger(LedgerArgs),
    /// One simulated world, by its seed
    #[command(hide = true)]
    World(WorldArgs),
    /// Builds that make a mistake on purpose: each must be caught by the attack meant for it
    Canaries(CanaryArgs),
    /// The service, as an attack starts it
    #[command(hide = true)]
    Service {
        /// The command line of `deferral`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// The back office, as an attack starts it
    #[command(hide = true)]
    BackOffice(back_office::Args),
    /// A disk whose power can be cut, as an attack mounts it
    #[command(hide = true)]
    Disk(crate::power::DiskArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The attacks to run; all when none is named
    pub(crate) attacks: Vec<String>,

    /// List the attacks and what each proves, and run none
    #[arg(long)]
    pub(crate) list: bool,

    /// The size for every day: minutes instead of an hour, and nothing is recorded
    #[arg(long)]
    pub(crate) small: bool,

    /// Fixes what is random; drawn and printed when missing
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// So many attacks run beside each other
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) at_once: NonZeroUsize,

    /// Leave out what the ledger already has of this commit
    #[arg(long)]
    pub(crate) resume: bool,

    /// Keep the stores and logs also of attacks that went well, in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,

    /// One line of JSON for each attack
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WorldArgs {
    /// The seed
    pub(crate) seed: u64,

    /// Tell what happened
    #[arg(long)]
    pub(crate) trace: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LedgerArgs {
    /// Write the sums into the pages that show them, too
    #[arg(long)]
    pub(crate) write: bool,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CanaryArgs {
    /// Only this mistake; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,

    /// Fixes what is random; drawn and printed when missing
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// So many attacks run beside each other
    #[arg(long, value_name = "N", default_value = "2")]
    pub(crate) at_once: NonZeroUsize,

    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}
