//! Bodies that can't be read as a whole.

/// A body that can't be read at all: 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Malformed {
    /// What is wrong.
    pub message: String,
    /// The line of the body on which reading ended, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
}

impl Malformed {
    /// The defect lies at a byte of the body.
    pub(super) fn at(body: &[u8], offset: usize, message: impl Into<String>) -> Self {
        let before = &body[..offset.min(body.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Self {
            message: message.into(),
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: before.len() - line_start + 1,
        }
    }
}
