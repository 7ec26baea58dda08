//! What keeps an attack from being carried out. A broken promise is no error: it is counted.

use std::path::PathBuf;
use std::time::Duration;

/// Why an attack, or the battery, could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("could not start a runtime: {0}")]
    Runtime(std::io::Error),
    #[error(transparent)]
    BackOffice(#[from] back_office::Error),
    #[error("there is no attack {name:?}; there are: {known}")]
    UnknownAttack { name: String, known: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} line {line}: {source}")]
    Ledger { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("could not start {name}: {source}")]
    Start { name: String, source: std::io::Error },
    #[error("{name} ended before it listened; its log is {log}")]
    Ended { name: String, log: PathBuf },
    #[error("waited {patience:?} in vain: {what}")]
    Never { what: String, patience: Duration },
    #[error("{what}: {source}")]
    Http { what: String, source: reqwest::Error },
    #[error("{what}: {why}")]
    Unexpected { what: String, why: String },
    #[error("the store: {0}")]
    Store(#[from] deferral::core::StoreError),
    #[error("could not use {tool}: {source}; {advice}")]
    Tool { tool: String, source: std::io::Error, advice: &'static str },
    #[cfg(feature = "canary")]
    #[error(transparent)]
    Canary(#[from] deferral::CanaryError),
    #[error("there is no canary {name:?}; there are: {known}")]
    UnknownCanary { name: String, known: String },
    #[error("{0} of {1} canaries were not caught")]
    Free(usize, usize),
    #[error("an attack is red although no mistake is made")]
    Sick,
    #[error("{0} of {1} attacks failed")]
    Red(usize, usize),
}
