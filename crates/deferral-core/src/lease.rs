//! Who may write for a claimed job, and until when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{JobId, Timestamp, WorkerId};

/// The fencing token: given by the store at claim, one higher at each claim of the same job, never
/// given twice. Every write for an attempt carries it, and a late writer's is refused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Token(pub u64);

impl Token {
    /// The token of the next claim.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A claimed job: who holds it, with which token, until when.
///
/// The expiry is its worker's: one heartbeat renews all leases of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The claimed job.
    pub job: JobId,
    /// What proves the claim.
    pub token: Token,
    /// Who claimed it.
    pub worker: WorkerId,
    /// By the store's clock; after it others may take the job over.
    pub expires_at: Timestamp,
}
