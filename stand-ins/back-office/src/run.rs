//! A back office as a process.

use tokio::signal::unix::{SignalKind, signal};

use crate::args::Args;
use crate::config::Config;
use crate::error::Error;
use crate::output;
use crate::server::{self, BackOffice};

/// Serves a back office until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the database can't be opened or the address is taken.
pub async fn run(args: Args) -> Result<(), Error> {
    let config = Config::from(args);
    let office = BackOffice::open(&config)?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let listener = server::listen(&config).await?;
    output::started(&server::url(&listener)?, config.misbehaving.seed);

    tokio::select! {
        () = server::serve(listener, office) => {}
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}
