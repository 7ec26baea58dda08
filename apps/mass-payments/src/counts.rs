//! How many payments came how far.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::back_office;

/// How many payments of a batch came how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Sent by the caller.
    pub received: u64,
    /// Accepted by the back office so far.
    pub accepted: u64,
    /// Refused by the back office so far.
    pub rejected: u64,
    /// Created.
    pub created: u64,
}

impl From<back_office::Counts> for Counts {
    fn from(counts: back_office::Counts) -> Self {
        let back_office::Counts { received, accepted, rejected, created, .. } = counts;
        Self { received, accepted, rejected, created }
    }
}
