//! How attempts end, and what becomes of job and operation.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deferral_core::{
    Ending, Gate, HandlerError, ItemError, Job, JobState, Outcome, Policy, Progress, Rejection,
    RetryPolicy, Status, transition,
};
use deferral_worker::{Context, Registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::world::{World, eventually};

#[derive(Serialize, Deserialize, JsonSchema, Clone, Default)]
struct Work {
    how: String,
}

impl Job for Work {
    const KIND: &'static str = "work";
    type Output = u32;

    fn policy() -> Policy {
        Policy {
            max_attempts: 3,
            retry: RetryPolicy { base: Duration::from_millis(5), cap: Duration::from_millis(20) },
            timeout: Duration::from_millis(400),
            ..Policy::default()
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct After;

impl Job for After {
    const KIND: &'static str = "after";
    type Output = u32;
}

#[derive(Default)]
struct Seen {
    attempts: AtomicU32,
    after: AtomicU32,
    log: Mutex<Vec<String>>,
}

fn how(how: &str) -> Work {
    Work { how: how.to_owned() }
}

async fn work(job: Work, cx: Context<Seen>) -> Result<Outcome<u32>, HandlerError> {
    let attempt = cx.state().attempts.fetch_add(1, Ordering::SeqCst) + 1;
    match job.how.as_str() {
        "complete" => Ok(Outcome::Complete(7)),
        "mail" => {
            cx.enqueue(&After)?;
            Ok(Outcome::Complete(7))
        }
        "then" => Ok(Outcome::Then(cx.job(&After)?.stage("after"))),
        "confirm" => {
            let gate = Gate::new("Go on?", cx.job(&After)?).requires(json!({"sure": true}));
            Ok(Outcome::Confirm(Box::new(gate)))
        }
        "snooze" if attempt < 3 => Ok(Outcome::Snooze(Duration::from_millis(10))),
        "fail" => Err(HandlerError::Failed(Rejection::new("Closed", "The account is closed."))),
        "retry" => Err(std::io::Error::other("bank timed out").into()),
        "panic" => panic!("no such account"),
        "hang" => std::future::pending().await,
        "until canceled" => {
            cx.canceled().await;
            let reason = Rejection::new("OperationCanceled", "Stopped.");
            Ok(Outcome::Cancel { reason, undo: Some(cx.job(&After)?) })
        }
        "items" => items(&cx).await,
        _ => Ok(Outcome::Complete(attempt)),
    }
}

async fn items(cx: &Context<Seen>) -> Result<Outcome<u32>, HandlerError> {
    cx.stage("counting").await?;
    for completed in 1..=50 {
        cx.progress(Progress { completed, total: Some(50), ..Progress::default() }).await?;
    }
    let error = ItemError { code: "Bad".into(), message: "Bad.".into(), target: "/items/1".into() };
    cx.item_errors(vec![error]).await?;
    Ok(Outcome::Complete(49))
}

async fn after(_: After, cx: Context<Seen>) -> Result<u32, HandlerError> {
    cx.state().after.fetch_add(1, Ordering::SeqCst);
    cx.state().log.lock().unwrap().push(format!("{:?}", cx.operation_id().is_some()));
    Ok(8)
}

fn registry() -> (Registry, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let mut registry = Registry::default();
    registry.register(work, seen.clone()).unwrap();
    registry.register(after, seen.clone()).unwrap();
    (registry, seen)
}

fn terminal(operation: &deferral_core::Operation) -> bool {
    operation.status.is_terminal()
}

#[tokio::test]
async fn a_completed_job_ends_its_operation_with_its_value() {
    let (world, (registry, _)) = (World::new(), registry());
    let id = world.accept(&how("complete")).await;
    let worker = world.worker(registry);
    let operation = world.until(id, terminal).await;
    assert_eq!(operation.ending, Some(Ending::Succeeded { result: json!(7) }));
    assert!(operation.started_at.is_some());
    worker.stop().await;
}

#[tokio::test]
async fn a_follow_up_is_enqueued_with_the_end_and_the_next_job_carries_on() {
    let (world, (registry, seen)) = (World::new(), registry());
    let mailed = world.accept(&how("mail")).await;
    let chained = world.accept(&how("then")).await;
    let worker = world.worker(registry);
    world.until(mailed, terminal).await;
    let operation = world.until(chained, terminal).await;
    assert_eq!(operation.ending, Some(Ending::Succeeded { result: json!(8) }));
    eventually(|| async { (seen.after.load(Ordering::SeqCst) == 2).then_some(()) }).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_held_operation_goes_on_once_confirmed() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("confirm")).await;
    let worker = world.worker(registry);
    let held = world.until(id, |it| it.status == Status::AwaitingConfirmation).await;
    assert_eq!(seen.after.load(Ordering::SeqCst), 0, "the next job is data until then");
    let now = deferral_core::Store::now(&*world.store);
    let decided = transition::confirm(&held, &json!({"sure": true}), None, now).unwrap();
    let transition::Decided::Commit(commit) = decided else { panic!() };
    deferral_core::Store::commit(&*world.store, (*commit).into()).await.unwrap();
    assert_eq!(world.until(id, terminal).await.status, Status::Succeeded);
    worker.stop().await;
}

#[tokio::test]
async fn snoozes_spend_no_attempt() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("snooze")).await;
    let worker = world.worker(registry);
    assert_eq!(world.until(id, terminal).await.status, Status::Succeeded);
    assert_eq!(seen.attempts.load(Ordering::SeqCst), 3);
    worker.stop().await;
}

#[tokio::test]
async fn failures_are_retried_until_the_attempts_are_spent() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("retry")).await;
    let worker = world.worker(registry);
    let operation = world.until(id, terminal).await;
    let Some(Ending::Failed { error }) = operation.ending else { panic!() };
    assert_eq!(error.code, "AttemptsExhausted");
    assert_eq!(seen.attempts.load(Ordering::SeqCst), 3);
    worker.stop().await;
}

#[tokio::test]
async fn a_rejection_is_not_tried_again() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("fail")).await;
    let worker = world.worker(registry);
    let operation = world.until(id, terminal).await;
    let Some(Ending::Failed { error }) = operation.ending else { panic!() };
    assert_eq!(error.code, "Closed");
    assert_eq!(seen.attempts.load(Ordering::SeqCst), 1);
    worker.stop().await;
}

#[tokio::test]
async fn panics_are_contained_and_park_the_job_within_the_budget() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("panic")).await;
    let fine = world.accept(&how("complete")).await;
    let worker = world.worker(registry);
    let operation = world.until(id, |it| it.attention.is_some()).await;
    assert!(operation.attention.unwrap().reason.contains("no such account"));
    assert_eq!(operation.status, Status::Running, "it waits for a person");
    assert_eq!(world.until(fine, terminal).await.status, Status::Succeeded);
    assert_eq!(seen.attempts.load(Ordering::SeqCst), 4);
    worker.stop().await;
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_a_failure() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("hang")).await;
    let worker = world.worker(registry);
    assert_eq!(world.until(id, terminal).await.status, Status::Failed);
    assert_eq!(seen.attempts.load(Ordering::SeqCst), 3);
    worker.stop().await;
}

#[tokio::test]
async fn a_handler_is_told_of_cancellation_and_its_undo_is_enqueued() {
    let (world, (registry, seen)) = (World::new(), registry());
    let id = world.accept(&how("until canceled")).await;
    let worker = world.worker(registry);
    let running = world.until(id, |it| it.status == Status::Running).await;
    let store = &*world.store;
    let job = world.stored(running.job.unwrap()).await;
    let now = deferral_core::Store::now(store);
    let decided = transition::cancel(&running, Some(&job), now).unwrap();
    let transition::Decided::Commit(commit) = decided else { panic!() };
    deferral_core::Store::commit(store, (*commit).into()).await.unwrap();
    assert_eq!(world.until(id, terminal).await.status, Status::Canceled);
    eventually(|| async { (seen.after.load(Ordering::SeqCst) == 1).then_some(()) }).await;
    worker.stop().await;
}

#[tokio::test]
async fn progress_is_paced_and_its_last_word_is_kept() {
    let (world, (registry, _)) = (World::new(), registry());
    let id = world.accept(&how("items")).await;
    let worker = world.worker(registry);
    let operation = world.until(id, terminal).await;
    assert_eq!(operation.progress.unwrap().completed, 50);
    assert_eq!((operation.error_count, operation.stage.as_deref()), (1, Some("counting")));
    assert!(operation.version < 12, "fifty tellings within a moment are not fifty events");
    worker.stop().await;
}

#[tokio::test]
async fn an_input_that_cannot_be_read_parks_the_job_at_once() {
    let (world, (registry, seen)) = (World::new(), registry());
    let mut job = world.job(&how("complete"));
    job.input = deferral_core::Payload::new(b"{\"how\": 1}".to_vec());
    let id = world.enqueue(job).await;
    let worker = world.worker(registry);
    let parked = eventually(|| async {
        let job = world.stored(id).await;
        matches!(job.state, JobState::Parked { .. }).then_some(job)
    })
    .await;
    assert!(parked.last_error.unwrap().contains("can't be read"));
    assert_eq!(seen.attempts.load(Ordering::SeqCst), 0);
    worker.stop().await;
}
