//! What is nested too deeply to be read again is not written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use deferral_core::{
    CallError, DEEPEST, Gate, HandlerError, Job, JobId, NewJob, Outcome, Policy, RetryPolicy,
    Status, Store, Tenant,
};
use deferral_worker::{Context, Registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::World;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Nested {
    how: String,
    levels: usize,
    /// What it was told.
    input: Value,
}

impl Job for Nested {
    const KIND: &'static str = "nested";
    type Output = Value;

    fn policy() -> Policy {
        let retry = RetryPolicy { base: Duration::from_millis(5), cap: Duration::from_millis(5) };
        Policy { retry, ..Policy::default() }
    }
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
}

async fn handle(job: Nested, cx: Context<AtomicU32>) -> Result<Outcome<Value>, HandlerError> {
    let value = nested(job.levels);
    match job.how.as_str() {
        "gate" => {
            let next = Nested { how: "result".to_owned(), levels: 0, input: Value::Null };
            let gate = Gate::new("Go on?", cx.job(&next)?).details(value);
            Ok(Outcome::Confirm(Box::new(gate)))
        }
        "effect" => {
            let calls = cx.shared_state();
            let call = |_| {
                calls.fetch_add(1, Ordering::SeqCst);
                let value = value.clone();
                async move { Ok::<_, CallError>(value) }
            };
            Ok(Outcome::Complete(cx.effect("ask").call(call).await?))
        }
        _ => Ok(Outcome::Complete(value)),
    }
}

/// How the operation stands in the end, why it needs a person, and how often the far end was called.
async fn run(how: &str, levels: usize) -> (Status, Option<String>, u32) {
    let world = World::new();
    let calls = Arc::new(AtomicU32::new(0));
    let mut registry = Registry::default();
    registry.register(handle, calls.clone()).unwrap();
    let job = Nested { how: how.to_owned(), levels, input: Value::Null };
    let id = world.accept(&job).await;
    let worker = world.worker(registry);
    let rests = |it: &deferral_core::Operation| {
        it.status.is_terminal()
            || it.status == Status::AwaitingConfirmation
            || it.attention.is_some()
    };
    let operation = world.until(id, rests).await;
    worker.stop().await;
    let reason = operation.attention.map(|attention| attention.reason);
    (operation.status, reason, calls.load(Ordering::SeqCst))
}

#[tokio::test]
async fn the_deepest_values_are_kept() {
    assert_eq!(run("result", DEEPEST).await, (Status::Succeeded, None, 0));
    assert_eq!(run("gate", DEEPEST).await, (Status::AwaitingConfirmation, None, 0));
    assert_eq!(run("effect", DEEPEST).await, (Status::Succeeded, None, 1));
}

#[tokio::test]
async fn a_result_that_could_not_be_read_again_is_a_bug() {
    for how in ["result", "gate"] {
        let (status, reason, _) = run(how, DEEPEST + 1).await;
        assert_eq!(status, Status::Running);
        assert!(reason.unwrap().contains("nested deeper than 100"), "{how}");
    }
}

#[tokio::test]
async fn an_answer_that_could_not_be_read_again_is_never_asked_for_twice() {
    let (status, reason, calls) = run("effect", DEEPEST + 1).await;
    assert_eq!((status, calls), (Status::Running, 1));
    let reason = reason.unwrap();
    assert!(reason.contains("happened") && reason.contains("operations resolve"), "{reason}");
}

#[tokio::test]
async fn an_input_that_its_handler_could_not_read_is_refused() {
    let world = World::new();
    let id = JobId::new(world.store.now(), rand::random());
    let mut job = Nested { how: String::new(), levels: 0, input: nested(DEEPEST - 1) };
    NewJob::new(id, Tenant::default(), &job).unwrap();
    job.input = nested(DEEPEST);
    let refused = NewJob::new(id, Tenant::default(), &job).unwrap_err().to_string();
    assert!(refused.contains("nested deeper than 100"), "{refused}");
}
