//! Steps of attempts, rightful or not.

use deferral_core::commit::AttemptCommit;
use deferral_core::transition::{OperationChange, after_release, running_alone};
use deferral_core::{
    Cause, Change, Claimed, Effect, EffectState, FoundOperation, Gate, HandlerError, ItemError,
    Lease, NewJob, Operation, OperationId, Outcome, Progress, Rejection, Store, Tenant, Timestamp,
    Token,
};
use serde_json::json;

use super::pair::Disagreement;
use super::play::Play;
use super::step::{Ending, Forgery, Gated, Pick, Report};
use super::world::{pick, retire, seconds, tenants};
use crate::attempt::{HandlerResult, ended};

/// An attempt as it presents itself.
struct Presented {
    claimed: Claimed,
    operation: Option<Operation>,
    tenant: Tenant,
    rightful: bool,
}

impl Presented {
    fn commit(&self) -> AttemptCommit {
        AttemptCommit::new(self.tenant.clone(), &self.claimed.lease)
    }
}

impl Play<'_> {
    /// The attempt with its forged papers, and its operation as it believes it to be.
    async fn presented(&self, attempt: Pick, forgery: Forgery) -> Option<Presented> {
        let mut claimed = pick(&self.world.attempts, attempt)?.clone();
        let operation = match (&claimed.operation, forgery) {
            (Some(operation), Forgery::StaleOperation) => Some(operation.clone()),
            (Some(operation), _) => self.current(&operation.tenant, operation.id).await,
            (None, _) => None,
        };
        let Token(token) = claimed.lease.token;
        let token = match forgery {
            Forgery::OlderToken => token.saturating_sub(1),
            Forgery::NewerToken => token + 1,
            Forgery::None | Forgery::StaleOperation | Forgery::OtherTenant => token,
        };
        claimed.lease = Lease { token: Token(token), ..claimed.lease };
        let other = tenants(u8::from(claimed.job.tenant == tenants(0)));
        let tenant =
            if forgery == Forgery::OtherTenant { other } else { claimed.job.tenant.clone() };
        Some(Presented { claimed, operation, tenant, rightful: forgery == Forgery::None })
    }

    /// Commits, and remembers whether the attempt has come to its end.
    async fn write(
        &mut self,
        presented: &Presented,
        commit: AttemptCommit,
        ends: bool,
    ) -> Result<(), Disagreement> {
        let written = self.commit(commit).await?;
        if (written && ends) || (!written && presented.rightful) {
            let Lease { job, token, .. } = presented.claimed.lease;
            let is = |attempt: &Claimed| (attempt.lease.job, attempt.lease.token) == (job, token);
            retire(&mut self.world.attempts, is);
        }
        Ok(())
    }

    /// The operation as it stands in the model.
    pub(super) async fn current(&self, tenant: &Tenant, id: OperationId) -> Option<Operation> {
        match self.pair.model.operation(tenant, id).await {
            Ok(FoundOperation::Live(operation)) => Some(*operation),
            _ => None,
        }
    }

    pub(super) async fn start(
        &mut self,
        attempt: Pick,
        forgery: Forgery,
    ) -> Result<(), Disagreement> {
        self.change(attempt, forgery, &[Change::Started], Vec::new()).await
    }

    /// Lets changes happen to the attempt's operation, if they can.
    async fn change(
        &mut self,
        attempt: Pick,
        forgery: Forgery,
        changes: &[Change],
        errors: Vec<ItemError>,
    ) -> Result<(), Disagreement> {
        let Some(presented) = self.presented(attempt, forgery).await else { return Ok(()) };
        let Some(operation) = presented.operation.clone() else { return Ok(()) };
        let mut change = OperationChange::of(operation);
        for step in changes {
            if change.record(step.clone(), self.now()).is_err() {
                return Ok(());
            }
        }
        let commit = presented.commit().change(change).item_errors(errors);
        self.write(&presented, commit, false).await
    }

    pub(super) async fn report(
        &mut self,
        attempt: Pick,
        forgery: Forgery,
        report: &Report,
    ) -> Result<(), Disagreement> {
        let progress = |completed: u8| {
            let completed = completed.into();
            Change::Progressed(Progress { completed, total: Some(200), ..Progress::default() })
        };
        match report {
            Report::Progress(completed) => {
                self.change(attempt, forgery, &[progress(*completed)], Vec::new()).await
            }
            Report::Burst(count) => {
                let changes: Vec<Change> = (0..*count).map(progress).collect();
                self.change(attempt, forgery, &changes, Vec::new()).await
            }
            Report::Items(count) => {
                let errors: Vec<ItemError> = (0..*count).map(item_error).collect();
                let change = Change::ItemErrors { count: (*count).into() };
                self.change(attempt, forgery, &[change], errors).await
            }
            Report::Alone => {
                self.tell(attempt, forgery, |presented, _| {
                    presented.commit().set(running_alone(&presented.claimed.job))
                })
                .await
            }
            Report::Effect(name, state) => {
                let now = self.now();
                self.tell(attempt, forgery, |presented, _| {
                    presented.commit().effect(effect(&presented.claimed, *name, *state, now))
                })
                .await
            }
            Report::Job(work) => {
                self.tell(attempt, forgery, |presented, play| {
                    let job = play.world.job(work);
                    let operation = presented.claimed.job.operation;
                    presented.commit().enqueue(NewJob { operation, ..job })
                })
                .await
            }
        }
    }

    async fn tell(
        &mut self,
        attempt: Pick,
        forgery: Forgery,
        tell: impl FnOnce(&Presented, &mut Self) -> AttemptCommit,
    ) -> Result<(), Disagreement> {
        let Some(presented) = self.presented(attempt, forgery).await else { return Ok(()) };
        let commit = tell(&presented, self);
        self.write(&presented, commit, false).await
    }

    pub(super) async fn end(
        &mut self,
        attempt: Pick,
        forgery: Forgery,
        ending: &Ending,
    ) -> Result<(), Disagreement> {
        let Some(presented) = self.presented(attempt, forgery).await else { return Ok(()) };
        let operation = presented.operation.as_ref();
        let commit = match self.result(ending) {
            Some(result) => {
                ended(presented.commit(), &presented.claimed, &result, operation, self.now())
            }
            None => {
                after_release(&presented.claimed.job).write(presented.commit(), None, self.now())
            }
        };
        // What core does not allow is not for the store to see.
        let Ok(commit) = commit else { return Ok(()) };
        self.write(&presented, commit, true).await
    }

    /// What the handler answered; none if its worker stopped.
    fn result(&mut self, ending: &Ending) -> Option<HandlerResult> {
        let rejection = || Rejection::new("Refused", "It was refused.");
        Some(match ending {
            Ending::Complete => Ok(Outcome::Complete(json!({"done": true}))),
            Ending::Then(work) => Ok(Outcome::Then(self.world.job(work))),
            Ending::Confirm(gated) => Ok(Outcome::Confirm(Box::new(self.gate(gated)))),
            Ending::Snooze(after) => Ok(Outcome::Snooze(seconds(*after))),
            Ending::Cancel(undo) => {
                let undo = undo.as_ref().map(|work| self.world.job(work));
                Ok(Outcome::Cancel { reason: rejection(), undo })
            }
            Ending::Retry => Err(HandlerError::Retry(Cause::from("timed out"))),
            Ending::Throttled(after) => Err(HandlerError::Throttled(seconds(*after))),
            Ending::Failed => Err(HandlerError::Failed(rejection())),
            Ending::Verifying(after) => {
                Err(HandlerError::Verifying { effect: "pay".to_owned(), after: seconds(*after) })
            }
            Ending::Park => Err(HandlerError::Park { reason: "ask a person".to_owned() }),
            Ending::Bug => Err(HandlerError::Bug(Cause::from("panicked"))),
            Ending::Release => return None,
        })
    }

    fn gate(&mut self, gated: &Gated) -> Gate {
        let next = self.world.job(&gated.next);
        let gate = Gate::new("Go on?", next).expires_at(self.now().after(seconds(gated.expires)));
        match gated.undo.as_ref() {
            Some(work) => gate.undo(self.world.job(work)),
            None => gate,
        }
    }
}

fn item_error(number: u8) -> ItemError {
    ItemError {
        code: "Refused".to_owned(),
        message: "It was refused.".to_owned(),
        target: format!("/items/{number}"),
    }
}

/// An effect of the attempt in one of its states.
fn effect(claimed: &Claimed, name: u8, state: u8, now: Timestamp) -> Effect {
    let owner = Effect::owner(claimed.job.operation, claimed.job.id);
    let effect = Effect::planned(owner, ["pay", "mail"][usize::from(name % 2)]);
    let worker = claimed.lease.worker;
    let unknown = |sender| EffectState::Unknown {
        since: now,
        asking_since: now,
        sender,
        probes: state.into(),
        reason: "timed out".to_owned(),
    };
    match state % 6 {
        0 => effect,
        1 => effect.sending(claimed.lease.token, worker, now),
        2 => effect.into_state(unknown(Some(worker))),
        3 => effect.into_state(unknown(None)),
        4 => effect.into_state(EffectState::Rejected(Rejection::new("No", "no"))),
        _ => effect.into_state(EffectState::Confirmed { value: json!({"number": state}) }),
    }
}
