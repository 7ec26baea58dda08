//! Log lines on standard error, for people or for programs.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Log, LogFormat};

/// A filter that can't be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "log.level: {0}; use error, warn, info, debug, or a list such as info,deferral_worker=debug"
)]
pub(crate) struct BadLevel(String);

/// Begins to log. Each line carries the spans it stands in: operation, job, attempt, tenant.
pub(crate) fn start(log: &Log) -> Result<(), BadLevel> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| BadLevel(error.to_string()))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colors are for eyes: a log file is searched for `jobs=`.
        .with_ansi(std::io::stderr().is_terminal())
        .with_span_events(FmtSpan::NONE);
    let started = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).try_init(),
    };
    // A program that embeds us may log already; then its lines are ours.
    if let Err(error) = started {
        tracing::debug!(%error, "Logs into the program's own subscriber");
    }
    Ok(())
}
