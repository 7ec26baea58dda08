//! The command line of `deferral bench`.

use clap::{Args, ValueEnum};

use crate::child::Child;

/// Measures how fast the service is, beside what the machine allows.
///
/// Every figure stands next to the raw limit of SQLite for the same rows, taken in the same round.
/// It works in new databases of its own, and never opens the store of a service.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    /// Put the databases beside this store: its disk is measured. In the system's folder for
    /// temporary files unless given.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Print one line of JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Measure small sizes, once: it takes a minute and says little.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Measure only this; may be given more than once.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<Workload>,
    /// How many rounds; the figures are medians over them. 3 unless given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(crate) rounds: Option<u32>,
    /// How many jobs are finished and removed while the file is watched.
    #[arg(long, value_name = "JOBS", value_parser = clap::value_parser!(u64).range(1000..))]
    pub(crate) growth_jobs: Option<u64>,
    #[command(subcommand)]
    pub(crate) child: Option<Hidden>,
}

/// What this program starts itself as.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Hidden {
    /// One process of a measurement.
    #[command(subcommand, hide = true)]
    Child(Child),
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// Operations accepted over HTTP, and memory under this load.
    Accept,
    /// Jobs enqueued: one by one, many in a commit, from many tasks.
    Enqueue,
    /// Jobs that do nothing, claimed and finished.
    Drain,
    /// The same while few and many others wait, and memory meanwhile.
    Backlog,
    /// How long a job waits for its handler.
    PickUp,
    /// Memory and processor time while nobody wants anything.
    Idle,
    /// The size of the file while jobs finish and are removed.
    Growth,
}
