//! Why something could not be measured.

use std::io;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("could not start a runtime: {0}")]
    Runtime(#[source] io::Error),
    #[error("could not use the folder for the databases: {0}")]
    Folder(#[source] io::Error),
    #[error("--store: {0:?} is no store: use sqlite:PATH, such as sqlite:deferral.db")]
    Url(String),
    #[error("could not start `{name}`: {source}")]
    Start { name: String, source: io::Error },
    #[error("`{name}` ended before it was done; it said:\n{said}")]
    Ended { name: String, said: String },
    #[error("`{name}` said nothing for {patience:?}")]
    Silent { name: String, patience: Duration },
    #[error("could not read what a process used: {0}")]
    Usage(#[source] io::Error),
    #[error("could not read what a process used: {0} is not as the system writes it")]
    UsageText(&'static str),
    #[error("a connection or a process failed: {0}")]
    Connection(#[from] io::Error),
    #[error("a server answered something else than a 202 with a length:\n{0}")]
    Answer(String),
    #[error("the load ended early")]
    Load,
    #[error("bare SQLite failed: {0}")]
    Sql(#[from] rusqlite::Error),
    #[error("the store failed: {0}")]
    Store(#[from] deferral::core::StoreError),
    #[error("a commit failed: {0}")]
    Commit(#[from] deferral::core::CommitError),
    #[error("the store did not open: {0}")]
    Open(#[from] deferral::OpenError),
    #[error("the worker failed: {0}")]
    Service(#[from] deferral::ServiceError),
    #[error("the rows could not be made: {0}")]
    Rows(String),
    #[error("the figures can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
