//! The binary `battery`: attacks the running system, and counts what was lost or done twice.
//!
//! An *attack* starts real processes (this program again, as the service or as the back office),
//! drives load through the API, does harm by a seed, waits until everything must have come to its
//! end, and then lets the checker compare what callers were told, what the store holds and what
//! the back office really paid. Each prints one line, and fails when a promise was broken **or
//! when what was to be survived never happened**.

mod args;
mod attack;
mod canary;
mod clock;
mod commit;
mod damage;
mod disk;
mod error;
mod ledger;
mod logs;
mod memory;
mod output;
mod pages;
mod plan;
mod power;
mod report;
mod run;
mod service;
mod simulation;
mod syscalls;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Part};
use crate::error::Error;

fn main() -> ExitCode {
    let result = match Args::parse().part {
        Part::Service { arguments } => {
            return service::run(arguments);
        }
        Part::BackOffice(args) => {
            wait_for(async { back_office::run(args).await.map_err(Error::from) })
        }
        Part::Disk(args) => power::serve(&args),
        Part::Run(args) => choose_canary().and_then(|()| wait_for(run::run(&args))),
        Part::World(args) => choose_canary().and_then(|()| attack::worlds::show(&args)),
        Part::Ledger(args) => ledger::print(&args),
        Part::Canaries(args) => wait_for(canary::run(&args)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// For the attacks that run the worker in this process.
#[cfg(feature = "canary")]
fn choose_canary() -> Result<(), Error> {
    Ok(deferral::choose_canary()?)
}

#[cfg(not(feature = "canary"))]
const fn choose_canary() -> Result<(), Error> {
    Ok(())
}

fn wait_for(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Error::Runtime)?.block_on(work)
}
