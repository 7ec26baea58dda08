//! What a job becomes when its worker died.

use std::time::Duration;

use super::{JobSet, NextState, OperationChange};
use crate::commit::RescueCommit;
use crate::{Attention, Change, ExpiredLease, JobState, StoredJob, Timestamp};

/// How many crashes of its own a job may have until a person is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashBudget {
    /// With so many it is parked.
    pub limit: u32,
    /// Within this time of the first one; later ones are counted anew.
    pub window: Duration,
}

impl Default for CrashBudget {
    /// 3 in 72 hours: a pill is stopped within minutes, a week of bad deployments stops nobody.
    fn default() -> Self {
        Self { limit: 3, window: Duration::from_secs(72 * 3600) }
    }
}

/// The crashes of a job with the present one, and since when they are counted.
pub(super) fn count(job: &StoredJob, budget: CrashBudget, now: Timestamp) -> (u32, Timestamp) {
    match job.crashed_since {
        Some(since) if now.since(since) < budget.window => (job.crashes.saturating_add(1), since),
        _ => (1, now),
    }
}

/// Takes a job from a worker that is gone. It becomes a suspect, to be run one at a time; only if
/// it ran alone the crash is its own, so that a pill does not take its neighbors along.
pub fn after_crash(expired: &ExpiredLease, budget: CrashBudget, now: Timestamp) -> RescueCommit {
    let job = &expired.job;
    let mut set = JobSet::of(job, NextState::Available);
    set.suspect = true;
    if !matches!(job.state, JobState::Running { alone: true, .. }) {
        return RescueCommit::new(expired, set);
    }
    let (crashes, since) = count(job, budget, now);
    set.crashes = crashes;
    set.crashed_since = Some(since);
    if crashes < budget.limit {
        return RescueCommit::new(expired, set);
    }
    let reason = format!("its worker died {crashes} times while it ran alone");
    set.state = NextState::Parked(reason.clone());
    set.last_error = Some(reason.clone());
    let commit = RescueCommit::new(expired, set);
    match needs_person(expired, reason, now) {
        Some(change) => commit.change(change),
        None => commit,
    }
}

fn needs_person(expired: &ExpiredLease, reason: String, now: Timestamp) -> Option<OperationChange> {
    let mut change = OperationChange::of(expired.operation.clone()?);
    let attention = Attention { reason, since: now };
    change.record(Change::Attention(Some(attention)), now).ok()?;
    Some(change)
}
