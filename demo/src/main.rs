//! The binary `demo`: runs the apps against the stand-ins, each a process of its own. It starts
//! itself again for each of them.

mod args;
mod error;
mod output;
mod payments;
mod process;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Part, StandIn, Story};
use crate::error::Error;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.part {
        Some(Part::Service { arguments }) => {
            let extensions = [mass_payments::extension(), rehearsals::extension()];
            return deferral::run(std::iter::once("deferral".into()).chain(arguments), extensions);
        }
        Some(Part::StandIn { name: StandIn::BackOffice(args) }) => {
            wait_for(async { back_office::run(args).await.map_err(Error::from) })
        }
        None => match args.story {
            Story::Payments => wait_for(payments::tell(&args.options)),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn wait_for(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Error::Runtime)?.block_on(work)
}
