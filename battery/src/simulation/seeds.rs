//! Worlds that once went wrong.

/// They are lived first in every run.
pub(crate) const KNOWN: &[u64] = &[];
