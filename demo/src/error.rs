//! Why a story was not told to its end.

use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("could not start a runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    BackOffice(#[from] back_office::Error),
    #[error("could not make a folder for the story: {0}")]
    Folder(#[source] std::io::Error),
    #[error("could not start {name}: {source}")]
    Start { name: &'static str, source: std::io::Error },
    #[error("{name} ended before it listened; its log is {log}")]
    Ended { name: &'static str, log: String },
    #[error("{name} did not say where it listens within {patience:?}; its log is {log}")]
    Silent { name: &'static str, patience: Duration, log: String },
    #[error("the service could not be asked: {0}")]
    Call(#[from] reqwest::Error),
    #[error("the service answered {status}: {body}")]
    Answer { status: reqwest::StatusCode, body: String },
    #[error("an answer had no `{0}`")]
    Missing(&'static str),
    #[error("the story did not end within {0:?}")]
    Late(Duration),
    #[error("all is not as it should be:\n{0}")]
    Wrong(String),
}
