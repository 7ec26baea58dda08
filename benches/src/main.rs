//! The binary `benches`: measures the service beside what the machine allows, in one run. Each
//! server that is measured is a process of its own: this program, started again as that.

mod accept;
mod args;
mod bare;
mod error;
mod figure;
mod flush;
mod idle;
mod load;
mod output;
mod server;
mod usage;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Builder;

use crate::args::{Accept, Args, Bare, Command};
use crate::error::Error;

fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Accept(accept) => measure(&accept),
        Command::Bare(bare) => serve(&bare),
        Command::Service { arguments } => {
            let extensions = [mass_payments::extension(), rehearsals::extension()];
            return deferral::run(std::iter::once("deferral".into()).chain(arguments), extensions);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// On one thread: the load shares the machine with what it measures, and should cost it little.
fn measure(options: &Accept) -> Result<(), Error> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let figures = runtime.block_on(accept::measure(options))?;
    if options.json {
        output::json(&figures)
    } else {
        output::table(&figures)
    }
    Ok(())
}

fn serve(bare: &Bare) -> Result<(), Error> {
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)?;
    runtime.block_on(bare::serve(bare))
}
