//! `deferral bench`: measures the service beside what the machine allows, in one run. Everything
//! that is measured is a process of its own: the program, started again as that.

mod args;
mod bare;
mod bench;
mod child;
mod database;
mod error;
mod figure;
mod flush;
mod load;
mod output;
mod process;
mod server;
mod size;
mod usage;
mod workload;

use std::process::ExitCode;

use clap::ValueEnum as _;
use deferral::{Exit, Subcommand};
use tokio::runtime::Builder;

use crate::args::{Hidden, Workload};
use crate::bench::Bench;
use crate::child::Child;
use crate::database::Disk;
use crate::error::Error;
use crate::output::Progress;
use crate::size::Size;

pub use args::BenchArgs;

/// `bench`, for a program that serves rehearsals.
pub fn subcommand() -> Subcommand {
    Subcommand::new("bench", |args: BenchArgs| match run(&args) {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            output::error(&error);
            match error {
                Error::Url(_) => Exit::Usage.into(),
                _ => ExitCode::from(Exit::Failed),
            }
        }
    })
}

fn run(args: &BenchArgs) -> Result<(), Error> {
    match &args.child {
        Some(Hidden::Child(child)) => be(child),
        None => measure(args),
    }
}

/// On as many threads as the service has.
fn be(child: &Child) -> Result<(), Error> {
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)?;
    runtime.block_on(child::run(child))
}

/// On one thread: the load shares the machine with what it measures, and should cost it little.
fn measure(args: &BenchArgs) -> Result<(), Error> {
    let mut size = if args.quick { Size::quick() } else { Size::full() };
    size.rounds = args.rounds.unwrap_or(size.rounds);
    size.growth = args.growth_jobs.unwrap_or(size.growth);
    let workloads =
        if args.only.is_empty() { Workload::value_variants() } else { args.only.as_slice() };
    let disk = Disk::beside(args.store.as_deref())?;
    if disk.is_memory() {
        let path = disk.path().display();
        output::warning(&format!("{path} is in memory: give --store on the disk to be measured"));
    }
    let progress = Progress::of(workloads.iter().map(|it| it.steps(&size)).sum());
    let bench = Bench { disk, size, progress };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let figures = runtime.block_on(async {
        let mut figures = Vec::new();
        for workload in workloads {
            figures.extend(workload.measure(&bench).await?);
        }
        Ok::<_, Error>(figures)
    })?;
    bench.progress.end();
    if args.json { output::json(&figures) } else { output::table(&figures) }
}
