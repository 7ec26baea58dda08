//! Worlds that once went wrong.

/// They are lived first in every run.
pub(crate) const KNOWN: &[u64] = &[
    // A worker could not sign off while the store was away: what it had sent was never settled.
    60_402,
];
