//! The command line.

use std::ffi::OsString;

use clap::{Parser, Subcommand, ValueEnum};

/// Runs an app against honest substitutes for the outside world, and shows what it survives.
#[derive(Debug, Parser)]
#[command(name = "demo", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Which story.
    #[arg(value_enum, default_value_t = Story::Payments)]
    pub(crate) story: Story,
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) part: Option<Part>,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The store, instead of a fresh SQLite file.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// How badly the outside world behaves.
    #[arg(long, value_enum, default_value_t = Misbehave::Gentle)]
    pub(crate) misbehave: Misbehave,
    /// The dice of `harsh`; a new number each time unless given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// End when the story is told, instead of serving on until Ctrl-C.
    #[arg(long)]
    pub(crate) exit: bool,
    /// Say how it ended as one line of JSON, the last one.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Story {
    /// A file of payments through its whole life.
    Payments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Misbehave {
    /// As a script says: an answer is lost after its commit, one 503, one hang.
    Gentle,
    /// At random, often.
    Harsh,
}

impl Misbehave {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gentle => "gentle",
            Self::Harsh => "harsh",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Part {
    /// Runs one substitute alone.
    StandIn {
        #[command(subcommand)]
        name: StandIn,
    },
    /// Runs the service with the apps, as the binary `deferral` does.
    #[command(hide = true)]
    Service {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StandIn {
    /// A bank's back office, with a ledger of its own.
    BackOffice(back_office::Args),
}
