//! What follows when a store found a job that can't be read.

use super::{JobSet, NextState, OperationChange};
use crate::commit::RescueCommit;
use crate::{Attention, Change, JobId, Operation, Timestamp};

/// Calls a person to the operation of a job that was set aside. None when the operation has ended,
/// is not carried out by this job, or has called one already.
pub fn after_set_aside(
    operation: &Operation,
    job: JobId,
    reason: &str,
    now: Timestamp,
) -> Option<RescueCommit> {
    if operation.job != Some(job) || operation.attention.is_some() {
        return None;
    }
    let reason = format!(
        "its job is damaged: {reason}; end it with `operations resolve --give-up`, or repair its \
         row and use `--retry`"
    );
    let mut change = OperationChange::of(operation.clone());
    let attention = Attention { reason, since: now };
    change.record(Change::Attention(Some(attention)), now).ok()?;
    Some(RescueCommit::told(change))
}

impl JobSet {
    /// A job of which nothing else can be known.
    pub(super) const fn damaged(state: NextState) -> Self {
        Self {
            state,
            attempts: 0,
            crashes: 0,
            crashed_since: None,
            suspect: false,
            cancel_requested: false,
            last_error: None,
        }
    }
}
