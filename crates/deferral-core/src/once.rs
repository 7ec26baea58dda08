//! Doing a thing once: a key that the first taker keeps.

use std::time::Duration;

use crate::{Operation, OperationId, Timestamp};

/// A key to take in a commit. Taken already: the commit is refused with the record.
///
/// Idempotency keys are one use (scope: method and path), an application's guard against the same
/// content under another key is another (scope: its own word, key: a hash).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// What the key belongs to; keys of different scopes never meet.
    pub scope: String,
    /// The key.
    pub key: String,
    /// What the request was, so that the same key on another request is noticed.
    pub fingerprint: String,
    /// How long the key stays taken.
    pub keep: Duration,
    /// Take the key although this operation has it: for an operation that came to nothing.
    pub instead_of: Option<OperationId>,
}

/// A key that is taken. It outlives the operation it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceRecord {
    /// As in [`Once`].
    pub scope: String,
    /// As in [`Once`].
    pub key: String,
    /// As in [`Once`].
    pub fingerprint: String,
    /// The operation that was accepted with the key; none for a job without operation.
    pub operation: Option<OperationId>,
    /// When the key may be taken again, at the earliest.
    pub expires_at: Timestamp,
}

impl OnceRecord {
    /// Whether the key may be taken again, `operation` being the one that has it, as long as it is
    /// kept. A key that was to outlive its operation does so however long that took.
    pub fn is_over(&self, operation: Option<&Operation>, now: Timestamp) -> bool {
        let outlived = |operation: &Operation| {
            let kept_for = self.expires_at.since(operation.created_at);
            kept_for >= operation.retention && !operation.is_expired(now)
        };
        self.expires_at <= now && !operation.is_some_and(outlived)
    }
}
