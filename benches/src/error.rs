//! Why something could not be measured.

use std::io;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("could not start a runtime: {0}")]
    Runtime(#[source] io::Error),
    #[error("could not use the folder for the databases: {0}")]
    Folder(#[source] io::Error),
    #[error("could not start {name}: {source}")]
    Start { name: &'static str, source: io::Error },
    #[error("{name} ended before it listened; it said:\n{said}")]
    Ended { name: &'static str, said: String },
    #[error("{name} did not say where it listens within {patience:?}")]
    Silent { name: &'static str, patience: Duration },
    #[error("could not read what a process used: {0}")]
    Usage(#[source] io::Error),
    #[error("could not read what a process used: {0} is not as the system writes it")]
    UsageText(&'static str),
    #[error("a connection failed: {0}")]
    Connection(#[from] io::Error),
    #[error("a server answered something else than a 202 with a length:\n{0}")]
    Answer(String),
    #[error("the load ended early")]
    Load,
    #[error("the bare server could not write: {0}")]
    Sql(#[from] rusqlite::Error),
    #[error("the schema could not be made: {0}")]
    Store(#[from] deferral::core::StoreError),
    #[error("the rows could not be made: {0}")]
    Rows(String),
}
