//! A person says what happened.

use serde_json::Value;

use super::{JobSet, NextState, OperationChange};
use crate::commit::OperatorCommit;
use crate::{
    Change, Effect, EffectState, JobId, JobState, Operation, Rejection, StoredJob, Timestamp,
    TooDeep, check_depth,
};

/// What a person found out.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// It happened, and this is what the far end would have answered.
    Yes(Value),
    /// It did not happen: it may be sent (again).
    No,
    /// The far end refused it.
    Refused(Rejection),
    /// Nothing about effects: only try the job again, and ask anew about what is unknown.
    Retry,
    /// Give the job up; its operation fails with this.
    GiveUp(Rejection),
}

/// A statement about a parked job, by whom and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// Which effect it is about; may be left out when only one is open, must be said to correct
    /// what an earlier statement said of one.
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
    /// What happened could not be read again.
    #[error("the answer can't be kept: {0}")]
    TooDeep(#[from] TooDeep),
    /// Nothing is called failed while it may have happened.
    #[error("it can't be given up while whether {0} happened is unknown: say that first")]
    Unknown(String),
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
    if let Happened::Yes(answer) = &resolution.happened {
        check_depth(answer)?;
    }
    let open = open_names(effects);
    let state = match &resolution.happened {
        Happened::GiveUp(_) if !open.is_empty() => return Err(ResolveRefused::Unknown(open)),
        Happened::GiveUp(_) => NextState::Failed,
        _ => NextState::Available,
    };
    let mut set = JobSet::of(job, state);
    set.attempts = 0;
    set.crashes = 0;
    set.crashed_since = None;
    set.last_error = Some(format!("{} said: {}", resolution.by, resolution.why));
    let mut commit = OperatorCommit::parked(job, set);
    let mut named = None;
    match &resolution.happened {
        Happened::GiveUp(_) => {}
        Happened::Retry => {
            for effect in effects {
                if let Some(effect) = asked_anew(effect, now) {
                    commit = commit.effect(effect);
                }
            }
        }
        happened => {
            let effect = resolved(find(effects, resolution.effect.as_deref())?, happened);
            named = Some(effect.name.clone());
            commit = commit.effect(effect);
        }
    }
    if let Some(operation) = operation.filter(|operation| operation.job == Some(job.id)) {
        commit = commit.change(told(operation, named, resolution, now, false));
    }
    Ok(commit)
}

/// Ends the job of an operation that can't be read, or lets a store try to read it again. What a
/// damaged job sent nobody can know from it: that is told by its effects, and said before.
pub fn resolve_damaged(
    job: JobId,
    operation: &Operation,
    effects: &[Effect],
    resolution: &Resolution,
    now: Timestamp,
) -> Result<OperatorCommit, ResolveRefused> {
    if let Happened::Yes(answer) = &resolution.happened {
        check_depth(answer)?;
    }
    let open = open_names(effects);
    let state = match &resolution.happened {
        Happened::GiveUp(_) if !open.is_empty() => return Err(ResolveRefused::Unknown(open)),
        Happened::GiveUp(_) => NextState::Failed,
        Happened::Retry => NextState::Available,
        Happened::Yes(_) | Happened::No | Happened::Refused(_) => NextState::Same,
    };
    let goes_on = state == NextState::Same;
    let mut set = JobSet::damaged(state);
    set.last_error = Some(format!("{} said: {}", resolution.by, resolution.why));
    let mut commit = OperatorCommit::damaged(operation.tenant.clone(), job, set);
    let mut named = None;
    if goes_on {
        let effect = find(effects, resolution.effect.as_deref())?;
        let effect = resolved(effect, &resolution.happened);
        named = Some(effect.name.clone());
        commit = commit.effect(effect);
    }
    if operation.job == Some(job) {
        // A job that still can't be read still needs a person.
        let change = told(operation, named, resolution, now, goes_on);
        commit = commit.change(change);
    }
    Ok(commit)
}

fn open_names(effects: &[Effect]) -> String {
    let open = effects.iter().filter(|effect| effect.is_open());
    open.map(|effect| effect.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn asked_anew(effect: &Effect, now: Timestamp) -> Option<Effect> {
    let mut effect = effect.clone();
    let EffectState::Unknown { asking_since, .. } = &mut effect.state else { return None };
    *asking_since = now;
    Some(effect)
}

fn find<'a>(effects: &'a [Effect], name: Option<&str>) -> Result<&'a Effect, ResolveRefused> {
    // One that is named may be known already: a wrong statement can be corrected.
    let meant = |effect: &&Effect| match name {
        Some(name) => effect.name == name,
        None => effect.is_open(),
    };
    let mut found = effects.iter().filter(meant);
    match (found.next(), found.next()) {
        (Some(effect), None) => Ok(effect),
        _ => Err(ResolveRefused::WhichEffect(open_names(effects))),
    }
}

fn resolved(effect: &Effect, happened: &Happened) -> Effect {
    let state = match happened {
        Happened::Yes(value) => EffectState::Confirmed { value: value.clone() },
        Happened::Refused(rejection) => EffectState::Rejected(rejection.clone()),
        Happened::No | Happened::Retry | Happened::GiveUp(_) => EffectState::Planned,
    };
    effect.clone().into_state(state)
}

fn told(
    operation: &Operation,
    effect: Option<String>,
    resolution: &Resolution,
    now: Timestamp,
    still_waits: bool,
) -> OperationChange {
    let what = match &resolution.happened {
        Happened::Yes(_) => "it happened",
        Happened::No => "it did not happen",
        Happened::Refused(_) => "it was refused",
        Happened::Retry => "try again",
        Happened::GiveUp(_) => "give up",
    };
    let resolved = Change::Resolved {
        effect,
        what: what.to_owned(),
        by: resolution.by.clone(),
        why: resolution.why.clone(),
    };
    let mut change = OperationChange::of(operation.clone());
    let mut steps = vec![resolved];
    if !still_waits {
        steps.extend([Change::Attention(None), Change::Verifying(false)]);
    }
    if let Happened::GiveUp(error) = &resolution.happened {
        steps.push(Change::Failed { error: error.clone() });
        change.carried_by(None);
    }
    for step in steps {
        // A parked job's operation is NotStarted, Running or Canceling: each allows all of these.
        let allowed = change.record(step, now);
        debug_assert!(allowed.is_ok(), "{allowed:?}");
    }
    change
}
