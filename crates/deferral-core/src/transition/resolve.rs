//! A person says what happened.

use serde_json::Value;

use super::{JobSet, NextState, OperationChange};
use crate::commit::OperatorCommit;
use crate::{Change, Effect, EffectState, JobState, Operation, Rejection, StoredJob, Timestamp};

/// What a person found out.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// It happened, and this is what the far end would have answered.
    Yes(Value),
    /// It did not happen: it may be sent (again).
    No,
    /// The far end refused it.
    Refused(Rejection),
    /// Nothing about effects: only try the job again.
    Retry,
}

/// A statement about a parked job, by whom and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// Which effect it is about; may be left out when only one is open.
    pub effect: Option<String>,
    /// What happened.
    pub happened: Happened,
    /// Who says so.
    pub by: String,
    /// How they know.
    pub why: String,
}

/// Why a statement can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveRefused {
    /// The job does not wait for a person.
    #[error("the job is {0}, not parked: nothing waits for a person")]
    NotParked(String),
    /// It is not clear which effect is meant.
    #[error("say which effect is meant; those whose outcome is unknown: {0}")]
    WhichEffect(String),
}

/// Records what a person says and lets the job go on.
pub fn resolve(
    job: &StoredJob,
    operation: Option<&Operation>,
    effects: &[Effect],
    resolution: &Resolution,
    now: Timestamp,
) -> Result<OperatorCommit, ResolveRefused> {
    if !matches!(job.state, JobState::Parked { .. }) {
        return Err(ResolveRefused::NotParked(job.state.as_str().to_owned()));
    }
    let mut set = JobSet::of(job, NextState::Available);
    set.attempts = 0;
    set.crashes = 0;
    set.crashed_since = None;
    let mut commit = OperatorCommit::parked(job, set);
    let effect = match &resolution.happened {
        Happened::Retry => None,
        happened => Some(resolved(find(effects, resolution.effect.as_deref())?, happened)),
    };
    if let Some(operation) = operation {
        commit = commit.change(told(operation, effect.as_ref(), resolution, now));
    }
    if let Some(effect) = effect {
        commit = commit.effect(effect);
    }
    Ok(commit)
}

fn find<'a>(effects: &'a [Effect], name: Option<&str>) -> Result<&'a Effect, ResolveRefused> {
    let meant = |effect: &&Effect| effect.is_open() && name.is_none_or(|name| effect.name == name);
    let mut found = effects.iter().filter(meant);
    match (found.next(), found.next()) {
        (Some(effect), None) => Ok(effect),
        _ => {
            let open = effects.iter().filter(|effect| effect.is_open());
            let names: Vec<&str> = open.map(|effect| effect.name.as_str()).collect();
            Err(ResolveRefused::WhichEffect(names.join(", ")))
        }
    }
}

fn resolved(effect: &Effect, happened: &Happened) -> Effect {
    let state = match happened {
        Happened::Yes(value) => EffectState::Confirmed { value: value.clone() },
        Happened::Refused(rejection) => EffectState::Rejected(rejection.clone()),
        Happened::No | Happened::Retry => EffectState::Planned,
    };
    effect.clone().into_state(state)
}

fn told(
    operation: &Operation,
    effect: Option<&Effect>,
    resolution: &Resolution,
    now: Timestamp,
) -> OperationChange {
    let what = match &resolution.happened {
        Happened::Yes(_) => "it happened",
        Happened::No => "it did not happen",
        Happened::Refused(_) => "it was refused",
        Happened::Retry => "try again",
    };
    let resolved = Change::Resolved {
        effect: effect.map(|effect| effect.name.clone()),
        what: what.to_owned(),
        by: resolution.by.clone(),
        why: resolution.why.clone(),
    };
    let mut change = OperationChange::of(operation.clone());
    for step in [resolved, Change::Attention(None), Change::Verifying(false)] {
        // A finished operation hears no more; its undo job still goes on.
        let _finished = change.record(step, now);
    }
    change
}
