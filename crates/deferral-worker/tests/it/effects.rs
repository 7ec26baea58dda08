//! Effects: at the far end, once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use deferral_core::{
    CallError, Cause, Ending, HandlerError, Job, Operation, Policy, Rejection, RetryPolicy, Status,
};
use deferral_worker::{Context, Registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::world::World;

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Default)]
pub(crate) struct Charge {
    /// Whether the far end can be asked.
    pub(crate) ask: bool,
    /// Whether it recognizes a repeated key.
    pub(crate) deduplicates: bool,
}

impl Job for Charge {
    const KIND: &'static str = "charge";
    type Output = u64;

    fn policy() -> Policy {
        let retry = RetryPolicy { base: Duration::from_millis(5), cap: Duration::from_millis(5) };
        Policy { retry, ..Policy::default() }
    }
}

/// How the bank answers a call.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Ok,
    LostBefore,
    LostAfter,
    NotSent,
    Throttled,
    Rejected,
}

/// A far end in memory: what it did, and how it will answer.
#[derive(Default)]
pub(crate) struct Bank {
    answers: Mutex<Vec<Answer>>,
    charged: Mutex<Vec<Uuid>>,
    calls: Mutex<Vec<Uuid>>,
    asked: Mutex<u32>,
}

impl Bank {
    pub(crate) fn answering(answers: &[Answer]) -> Arc<Self> {
        let answers = answers.iter().rev().copied().collect();
        Arc::new(Self { answers: Mutex::new(answers), ..Self::default() })
    }

    async fn charge(&self, key: Uuid) -> Result<u64, CallError> {
        self.calls.lock().unwrap().push(key);
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Answer::Ok);
        if matches!(answer, Answer::Ok | Answer::LostAfter) {
            self.charged.lock().unwrap().push(key);
        }
        match answer {
            Answer::Ok => Ok(42),
            Answer::LostBefore | Answer::LostAfter => Err(CallError::Unknown("reset".into())),
            Answer::NotSent => Err(CallError::NotSent(Cause::from("refused"))),
            Answer::Throttled => Err(CallError::Throttled(Duration::from_millis(5))),
            Answer::Rejected => Err(CallError::Rejected(Rejection::new("NoMoney", "No money."))),
        }
    }

    async fn find(&self, key: Uuid) -> Result<Option<u64>, CallError> {
        *self.asked.lock().unwrap() += 1;
        Ok(self.charged.lock().unwrap().contains(&key).then_some(42))
    }

    pub(crate) fn times(&self) -> (usize, usize) {
        (self.calls.lock().unwrap().len(), self.charged.lock().unwrap().len())
    }
}

pub(crate) async fn charge(job: Charge, cx: Context<Bank>) -> Result<u64, HandlerError> {
    let bank = cx.state();
    let mut effect =
        cx.effect("charge").timeout(Duration::from_millis(150)).settle(Duration::from_millis(200));
    if job.deduplicates {
        effect = effect.deduplicates_for(Duration::from_secs(60));
    }
    let call = effect.call(|key| bank.charge(key));
    if job.ask { call.probe(|key| bank.find(key)).await } else { call.await }
}

async fn run(bank: &Arc<Bank>, job: Charge, wanted: fn(&Operation) -> bool) -> Operation {
    let world = World::new();
    let mut registry = Registry::default();
    registry.register(charge, bank.clone()).unwrap();
    let id = world.accept(&job).await;
    let worker = world.worker(registry);
    let operation = world.until(id, wanted).await;
    worker.stop().await;
    operation
}

pub(crate) const ASK: Charge = Charge { ask: true, deduplicates: false };

fn terminal(operation: &Operation) -> bool {
    operation.status.is_terminal()
}

fn needs_person(operation: &Operation) -> bool {
    operation.attention.is_some()
}

#[tokio::test]
async fn an_answered_call_is_made_once() {
    let bank = Bank::answering(&[]);
    let operation = run(&bank, ASK, terminal).await;
    assert_eq!(operation.ending, Some(Ending::Succeeded { result: json!(42) }));
    assert_eq!(bank.times(), (1, 1));
}

#[tokio::test]
async fn a_lost_answer_is_asked_about_and_not_repeated() {
    let bank = Bank::answering(&[Answer::LostAfter]);
    let verifying = run(&bank, ASK, |it| it.verifying).await;
    assert_eq!(verifying.status, Status::Running);
    let bank = Bank::answering(&[Answer::LostAfter]);
    let operation = run(&bank, ASK, terminal).await;
    assert_eq!(operation.status, Status::Succeeded);
    assert!(!operation.verifying);
    assert_eq!(bank.times(), (1, 1));
}

#[tokio::test]
async fn what_did_not_happen_is_sent_again_with_the_same_key_after_settle() {
    let bank = Bank::answering(&[Answer::LostBefore]);
    let operation = run(&bank, ASK, terminal).await;
    assert_eq!(operation.status, Status::Succeeded);
    assert_eq!(bank.times(), (2, 1));
    let calls = bank.calls.lock().unwrap().clone();
    assert_eq!(calls[0], calls[1]);
    assert!(*bank.asked.lock().unwrap() >= 1);
}

#[tokio::test]
async fn what_was_not_sent_and_what_was_throttled_is_tried_again() {
    let bank = Bank::answering(&[Answer::NotSent, Answer::Throttled]);
    assert_eq!(run(&bank, ASK, terminal).await.status, Status::Succeeded);
    assert_eq!((bank.times(), *bank.asked.lock().unwrap()), ((3, 1), 0));
}

#[tokio::test]
async fn a_refusal_is_final() {
    let bank = Bank::answering(&[Answer::Rejected]);
    let operation = run(&bank, ASK, terminal).await;
    let Some(Ending::Failed { error }) = operation.ending else { panic!() };
    assert_eq!((error.code.as_str(), bank.times().0), ("NoMoney", 1));
}

#[tokio::test]
async fn without_a_way_to_ask_a_person_is_called() {
    let bank = Bank::answering(&[Answer::LostAfter]);
    let operation = run(&bank, Charge::default(), needs_person).await;
    assert!(operation.attention.unwrap().reason.contains("operations resolve"));
    assert_eq!(bank.times(), (1, 1));
}

#[tokio::test]
async fn a_far_end_that_deduplicates_is_sent_the_same_key_again() {
    let bank = Bank::answering(&[Answer::LostAfter]);
    let job = Charge { ask: false, deduplicates: true };
    assert_eq!(run(&bank, job, terminal).await.status, Status::Succeeded);
    let calls = bank.calls.lock().unwrap().clone();
    assert_eq!((calls.len(), calls[0]), (2, calls[1]));
}
