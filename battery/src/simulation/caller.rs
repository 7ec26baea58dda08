//! Callers: they ask, ask again when they got no answer, change their minds, and remember what
//! they were told.

use std::sync::Arc;
use std::time::Duration;

use deferral::core::commit::ApiCommit;
use deferral::core::transition::{self, ActionRefused, Decided};
use deferral::core::{
    CommitError, FoundOperation, JobId, JobQuery, Kind, NewJob, NewJobError, Once, Operation,
    OperationId, Refusal, Store, StoreError,
};
use deferral::prelude::{Job, Status, Tenant};

use super::bank::{Line, Manner};
use super::process::Process;
use super::store::Way;
use super::work::{Check, Pay, Pill, Rest};
use super::world::{Asked, Promise, World};

/// So often a caller asks until it gives up; in good times it is answered long before.
const MOST_TRIES: u32 = 200;

/// One caller with one wish.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) world: Arc<World>,
    pub(crate) wish: Asked,
    pub(crate) key: String,
    pub(crate) leaves_early: bool,
}

impl Caller {
    /// What is asked for, by the dice.
    pub(crate) fn draw(world: &Arc<World>, number: u64) -> Self {
        let dice = &world.dice;
        let manner = match dice.between(0, 9) {
            0 => Manner { deduplicates: false, can_be_asked: false },
            1 | 2 => Manner { deduplicates: true, can_be_asked: false },
            3 | 4 => Manner { deduplicates: true, can_be_asked: true },
            _ => Manner { deduplicates: false, can_be_asked: true },
        };
        let line = |part: u64| Line {
            reference: format!("{number}-{part}"),
            cents: i64::try_from(dice.between(1, 100_000)).unwrap_or(1),
            refused: dice.chance(60),
        };
        let pay = |lines| Pay { lines: (1..=lines).map(line).collect(), manner, held: None };
        let wish = match dice.between(0, 19) {
            0 => Asked::Pill(if dice.chance(500) { Pill::Kills } else { Pill::Panics }),
            1..=3 => Asked::Rest(Rest {
                millis: dice.between(0, 4_000),
                failures: u32::try_from(dice.between(0, 2)).unwrap_or(0),
            }),
            4..=9 => Asked::Pay(pay(1)),
            10..=14 => Asked::Pay(pay(dice.between(2, 3))),
            _ => Asked::Check(Check {
                pay: pay(dice.between(1, 2)),
                hold: line(0),
                open_millis: dice.chance(200).then(|| dice.between(500, 8_000)),
            }),
        };
        let leaves_early = dice.chance(200);
        Self { world: Arc::clone(world), wish, key: format!("key-{number}"), leaves_early }
    }

    fn store(&self) -> Way {
        Way::of_caller(Arc::clone(&self.world), Arc::new(Process::new(50)))
    }

    /// Asks, perhaps twice at the same time, and then minds its operation.
    pub(crate) async fn go(self) {
        tokio::time::sleep(self.world.dice.millis(0, 5_000)).await;
        if self.world.dice.chance(150) {
            self.world.counts(|tally| tally.duplicate_posts += 1);
            let other = self.clone();
            let (one, other) = tokio::join!(self.ask(), other.ask());
            // Whichever of them was told minds it.
            if let Some(id) = one.or(other) {
                self.mind(id).await;
            }
        } else if let Some(id) = self.ask().await {
            self.mind(id).await;
            if self.world.dice.chance(150) {
                self.world.counts(|tally| tally.duplicate_posts += 1);
                self.ask().await;
            }
        }
    }

    /// Asks until it is answered; the id of the operation then.
    async fn ask(&self) -> Option<OperationId> {
        let mut unsure = false;
        for _ in 0..MOST_TRIES {
            let (id, commit) = match self.request() {
                Ok(request) => request,
                Err(error) => {
                    self.world.breaks(format!("nothing could be asked: {error}"));
                    return None;
                }
            };
            match self.store().commit(commit.into()).await {
                Ok(_) => return Some(self.told(id)),
                Err(CommitError::Refused(Refusal::Taken { record, .. })) => {
                    let Some(id) = record.operation else {
                        self.world.breaks("a key without an operation is taken".to_owned());
                        return None;
                    };
                    return Some(self.told(id));
                }
                Err(CommitError::Refused(refusal)) => {
                    self.world.breaks(format!("a new request was refused: {refusal}"));
                    return None;
                }
                Err(CommitError::Store(StoreError::OutcomeUnknown(_))) => unsure = true,
                Err(CommitError::Store(_)) => self.world.refused(&self.key, id),
            }
            if self.leaves_early {
                self.world.counts(|tally| tally.indeterminate += u64::from(unsure));
                return None;
            }
            tokio::time::sleep(self.world.dice.millis(10, 500)).await;
        }
        self.world.breaks("a caller was never answered".to_owned());
        None
    }

    fn request(&self) -> Result<(OperationId, ApiCommit), NewJobError> {
        let world = &self.world;
        let now = world.now();
        let id = OperationId::new(now, world.dice.bytes());
        let job = match &self.wish {
            Asked::Pay(pay) => self.job(pay),
            Asked::Check(check) => self.job(check),
            Asked::Rest(rest) => self.job(rest),
            Asked::Pill(pill) => self.job(pill),
        }?;
        let operation = Operation::accepted(id, Tenant::default(), job.kind.clone(), now);
        let once = Once {
            scope: "POST /".to_owned(),
            key: self.key.clone(),
            fingerprint: self.key.clone(),
            keep: Duration::from_secs(30 * 24 * 3600),
            instead_of: None,
        };
        Ok((id, ApiCommit::new(Tenant::default()).once(once).accept(operation, job, now)))
    }

    fn job<J: Job>(&self, job: &J) -> Result<NewJob, NewJobError> {
        Kind::new(J::KIND)?;
        NewJob::new(JobId::new(self.world.now(), self.world.dice.bytes()), Tenant::default(), job)
    }

    fn told(&self, id: OperationId) -> OperationId {
        self.world.promised(&self.key, Promise { id, wish: self.wish.clone() });
        id
    }

    /// Confirms what waits for it, or doesn't; sometimes cancels.
    async fn mind(&self, id: OperationId) {
        let cancels = self.world.dice.chance(250);
        if cancels {
            tokio::time::sleep(self.world.dice.millis(0, 6_000)).await;
            self.decide(id, Word::Cancel).await;
        }
        if let Asked::Check(check) = &self.wish {
            let word = if self.world.dice.chance(750) { Word::Confirm } else { Word::Reject };
            let waits_for_end = check.open_millis.is_some() && self.world.dice.chance(500);
            let word = if waits_for_end { Word::Nothing } else { word };
            self.wait_for_gate(id, word).await;
        }
    }

    /// Says its word when it is asked for; ends when nothing will be asked any more.
    async fn wait_for_gate(&self, id: OperationId, word: Word) {
        for _ in 0..MOST_TRIES {
            let Some(operation) = self.look(id).await else { return };
            match operation.status {
                Status::AwaitingConfirmation => {
                    if word != Word::Nothing {
                        self.decide(id, word).await;
                        return;
                    }
                }
                Status::NotStarted | Status::Running | Status::Canceling
                    if operation.attention.is_none() && operation.gate.is_none() => {}
                _ => return,
            }
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        self.world.breaks(format!("{}: was never asked to confirm", self.key));
    }

    async fn look(&self, id: OperationId) -> Option<Operation> {
        for _ in 0..MOST_TRIES {
            match self.store().operation(&Tenant::default(), id).await {
                Ok(FoundOperation::Live(operation)) => return Some(*operation),
                Ok(other) => {
                    self.world.breaks(format!("{}: accepted, and now {other:?}", self.key));
                    return None;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        None
    }

    /// Says a word until it is taken or too late.
    async fn decide(&self, id: OperationId, word: Word) {
        for _ in 0..MOST_TRIES {
            let Some(operation) = self.look(id).await else { return };
            let Ok(decided) = self.decision(&operation, word).await else { return };
            let commit = match decided {
                Some(Decided::Commit(commit)) => *commit,
                Some(Decided::Already) => return,
                None => continue,
            };
            match self.store().commit(commit.into()).await {
                Ok(_) => return,
                // It moved meanwhile, or nobody knows: looks again.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// None when it could not be seen how the job stands.
    async fn decision(
        &self,
        operation: &Operation,
        word: Word,
    ) -> Result<Option<Decided>, ActionRefused> {
        let now = self.world.now();
        match word {
            Word::Confirm => {
                transition::confirm(operation, &serde_json::Value::Null, None, now).map(Some)
            }
            Word::Reject => transition::reject(operation, None, now).map(Some),
            Word::Nothing => Ok(Some(Decided::Already)),
            Word::Cancel => {
                let mut job = None;
                if let Some(id) = operation.job {
                    let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
                    let Ok(found) = self.store().jobs(&query).await else { return Ok(None) };
                    job = found.page.items.into_iter().next();
                }
                transition::cancel(operation, job.as_ref(), now).map(Some)
            }
        }
    }
}

/// What a caller says about its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Confirm,
    Reject,
    Cancel,
    Nothing,
}
