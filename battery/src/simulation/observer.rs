//! Looks at every write, right after it was made, and knows by itself what may follow what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral::core::commit::{Commit, Guard, JobWrite, OperationWrite};
use deferral::core::transition::NextState;
use deferral::core::{
    Claimed, Effect, EffectState, Event, JobId, Operation, OperationId, QueueName, Refusal, Status,
    Token, WorkerId,
};
use deferral::prelude::Uuid;
use tokio::sync::Notify;

use super::supervisor::limit;

/// Longer than any gate is open that a world does not want to stay open.
const SOON: Duration = Duration::from_secs(60);

/// What was seen so far.
#[derive(Default)]
pub(crate) struct Observer {
    seen: Mutex<Seen>,
    moved: Notify,
}

/// What a checker of its own knows of a world.
#[derive(Default)]
pub(crate) struct Seen {
    jobs: BTreeMap<JobId, SeenJob>,
    operations: BTreeMap<OperationId, (u64, Status)>,
    effects: BTreeMap<(Uuid, String), Effect>,
    /// Operations with a gate that closes soon.
    closing: BTreeSet<OperationId>,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
    pub(crate) stale_refused: u64,
    pub(crate) stale_accepted: u64,
    pub(crate) regressions: u64,
}

struct SeenJob {
    operation: Option<OperationId>,
    kind: String,
    queue: QueueName,
    token: Token,
    stands: Stands,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stands {
    Waiting,
    Running(WorkerId),
    Parked,
    Finished,
}

impl Observer {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn committed(&self, commit: &Commit) {
        self.seen().committed(commit);
        self.moved.notify_waiters();
    }

    pub(crate) fn refused(&self, commit: &Commit, refusal: &Refusal) {
        let stale = matches!(commit.job, Some(JobWrite { guard: Guard::Running(_), .. }));
        if stale && *refusal == Refusal::LeaseLost {
            self.seen().stale_refused += 1;
        }
    }

    pub(crate) fn claimed(&self, claimed: &Claimed) {
        self.seen().claimed(claimed);
    }

    /// Waits until nothing is left to do.
    pub(crate) async fn rest(&self) {
        loop {
            let moved = self.moved.notified();
            if self.seen().unfinished().is_none() {
                return;
            }
            moved.await;
        }
    }
}

impl Seen {
    /// A job that is neither finished nor parked, or a gate that time will close.
    pub(crate) fn unfinished(&self) -> Option<String> {
        if !self.closing.is_empty() {
            return Some("a gate is open past its time".to_owned());
        }
        let open = |job: &&SeenJob| matches!(job.stands, Stands::Waiting | Stands::Running(_));
        let job = self.jobs.values().find(open);
        job.map(|job| format!("{} under token {} is {:?}", job.kind, job.token, job.stands))
    }

    /// Whether a job of this kind waits for a person on behalf of this operation.
    pub(crate) fn parked_for(&self, operation: OperationId, kind: &str) -> bool {
        self.jobs.values().any(|job| {
            job.operation == Some(operation) && job.kind == kind && job.stands == Stands::Parked
        })
    }

    fn breaks(&mut self, what: String) {
        self.broken.push(what);
    }

    fn claimed(&mut self, claimed: &Claimed) {
        let (id, token, worker) = (claimed.lease.job, claimed.lease.token, claimed.lease.worker);
        let Some(job) = self.jobs.get_mut(&id) else {
            return self.breaks(format!("{} was claimed and never enqueued", claimed.job.kind));
        };
        let (before, stood) = (job.token, job.stands.clone());
        job.token = token;
        job.stands = Stands::Running(worker);
        let queue = job.queue.clone();
        if token <= before {
            self.breaks(format!("token {token} was given after {before}"));
        }
        if stood != Stands::Waiting {
            self.breaks(format!("a job was claimed that is {stood:?}"));
        }
        let runs = |job: &&SeenJob| job.stands == Stands::Running(worker);
        let in_all = self.jobs.values().filter(runs).count();
        let in_queue = self.jobs.values().filter(runs).filter(|job| job.queue == queue).count();
        if in_all > limit(None) || in_queue > limit(Some(&queue)) {
            self.breaks(format!("{in_queue} of {queue} and {in_all} in all run in one worker"));
        }
    }

    fn committed(&mut self, commit: &Commit) {
        if let Some(write) = &commit.job {
            self.job(write);
        }
        match &commit.operation {
            Some(OperationWrite::Insert { operation, event }) => {
                if self.operations.insert(operation.id, (1, operation.status)).is_some() {
                    self.breaks("an operation was accepted twice".to_owned());
                }
                self.numbered(0, std::slice::from_ref(event), operation.version);
            }
            Some(OperationWrite::Update { operation, from, events }) => {
                if closes_soon(operation) {
                    self.closing.insert(operation.id);
                } else {
                    self.closing.remove(&operation.id);
                }
                let now = (operation.version, operation.status);
                let before = self.operations.insert(operation.id, now);
                if before.is_none_or(|(version, _)| version != *from) {
                    self.regressions += 1;
                    self.breaks(format!("version {from} was changed, it was {before:?}"));
                }
                if let Some((_, status)) = before
                    && status.is_terminal()
                {
                    self.regressions += 1;
                    self.breaks(format!("{status} was followed by {}", operation.status));
                }
                self.numbered(*from, events, operation.version);
            }
            Some(OperationWrite::Delete { .. }) | None => {}
        }
        for job in &commit.new_jobs {
            let (kind, queue) = (job.kind.to_string(), job.queue.clone());
            let (operation, stands) = (job.operation, Stands::Waiting);
            let new = SeenJob { operation, kind, queue, token: Token(0), stands };
            if self.jobs.insert(job.id, new).is_some() {
                self.breaks("a job was enqueued twice".to_owned());
            }
        }
        for effect in &commit.effects {
            self.effect(effect);
        }
    }

    fn numbered(&mut self, from: u64, events: &[Event], version: u64) {
        let expected = from + 1..=version;
        if !events.iter().map(|event| event.number).eq(expected) {
            self.regressions += 1;
            self.breaks(format!("the events after {from} do not lead to {version}"));
        }
    }

    fn job(&mut self, write: &JobWrite) {
        let Some(job) = self.jobs.get_mut(&write.id) else {
            return self.breaks("a job was written that never was".to_owned());
        };
        let stands = match write.guard {
            Guard::Running(_) | Guard::Abandoned(_) => matches!(job.stands, Stands::Running(_)),
            Guard::Waiting(_) => job.stands == Stands::Waiting,
            Guard::Parked(_) => job.stands == Stands::Parked,
            // No row of this store can be damaged.
            Guard::Damaged => false,
        };
        let stale = !stands || write.guard.token() != Some(job.token);
        let stood = (job.token, job.stands.clone());
        match write.set.as_ref().map(|set| &set.state) {
            None | Some(NextState::Same | NextState::Alone) => {}
            Some(NextState::Available | NextState::Scheduled(_)) => job.stands = Stands::Waiting,
            Some(NextState::Parked(_)) => job.stands = Stands::Parked,
            Some(NextState::Completed | NextState::Failed | NextState::Canceled) => {
                job.stands = Stands::Finished;
            }
        }
        if stale {
            self.stale_accepted += 1;
            self.breaks(format!("a write as {:?} was taken, it was {stood:?}", write.guard));
        }
    }

    /// Confirmed is for ever, the key too, and nobody sends over another's sending.
    fn effect(&mut self, effect: &Effect) {
        let key = (effect.owner, effect.name.clone());
        let Some(before) = self.effects.insert(key, effect.clone()) else { return };
        let forgets = matches!(before.state, EffectState::Confirmed { .. });
        if forgets && before.state != effect.state {
            self.breaks(format!("{} was confirmed, then {:?}", effect.name, effect.state));
        }
        if before.key != effect.key {
            self.breaks(format!("{} was sent under two keys", effect.name));
        }
        if let (EffectState::Sending { token: first, .. }, EffectState::Sending { token, .. }) =
            (&before.state, &effect.state)
            && first != token
        {
            self.breaks(format!("{} is sent under {token} over {first}", effect.name));
        }
    }
}

fn closes_soon(operation: &Operation) -> bool {
    let closes_at = operation.gate.as_ref().and_then(|gate| gate.expires_at);
    let soon = closes_at.is_some_and(|at| at < operation.updated_at.after(SOON));
    operation.status == Status::AwaitingConfirmation && soon
}
