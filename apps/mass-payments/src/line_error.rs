//! What is wrong with a request, where, and how much of it is told.

use schemars::JsonSchema;
use serde::Serialize;

use crate::code::Code;

/// How many errors are told; beyond that they are only counted.
pub const MAX_ERRORS: usize = 1_000;

/// What is wrong with one value, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Defect {
    /// The stable code.
    pub code: Code,
    /// A sentence for people.
    pub message: String,
}

impl Defect {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// One error of a request, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LineError {
    /// JSON pointer (RFC 6901) into the request, also for a CSV file, whose
    /// first row of payments is `/payments/0`.
    pub pointer: String,
    /// The caller's name of the line, if it has a legible one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_id: Option<String>,
    /// The stable code.
    pub code: Code,
    /// A sentence for people.
    pub message: String,
}

/// All errors of a request: the first [`MAX_ERRORS`], and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineErrors {
    errors: Vec<LineError>,
    total: usize,
}

impl LineErrors {
    /// The errors told, in the order of the request: the batch, then its lines.
    pub fn errors(&self) -> &[LineError] {
        &self.errors
    }

    /// How many errors there are in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether there are errors that are not told.
    pub fn is_truncated(&self) -> bool {
        self.total > self.errors.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Takes a closure, so that an error which is only counted costs nothing.
    pub(crate) fn push(&mut self, error: impl FnOnce() -> LineError) {
        self.total += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error());
        }
    }

    pub(crate) fn count_more(&mut self, more: usize) {
        self.total += more;
    }
}

/// The beginning of what the caller sent, safe to repeat in a message.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX: usize = 40;
    let start: String = text.chars().take(MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX).is_some() { format!("{start}…") } else { start }
}
