//! How an attempt ends, and what is written with it.

use std::time::Duration;

use deferral_core::commit::{ApiCommit, Commit};
use deferral_core::transition::{Decided, NextState, OperationChange, after_release, cancel};
use deferral_core::{
    Cause, Change, CommitError, DEEPEST, Due, Effect, Ending, FoundOperation, HandlerError,
    ItemError, JobId, JobState, Outcome, Payload, Progress, Refusal, Rejection, Status, StoredJob,
    Tenant,
};
use serde_json::{Value, json};

use super::Harness;
use super::scene::{HOUR, SECOND, Scene, changed, only};
use crate::attempt::{HandlerResult, attempt, ended, started};
use crate::factory::once;

/// The job after its first attempt ended so.
async fn job_after(scene: &Scene<'_>, result: HandlerResult) -> StoredJob {
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.end(&claimed, result).await;
    assert_eq!(scene.claim(worker, 10).await, [], "an ended attempt is not claimable at once");
    let job = scene.job(claimed.job.id).await;
    assert_eq!(job.token, claimed.lease.token);
    job
}

pub async fn a_completed_job_ends_its_operation(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.advance(SECOND);
    let result = json!({"paid": 12, "text": "\u{1f600}\u{0}\"", "deep": [[[null, 1.5, -0.0]]]});
    scene.end(&claimed, Ok(Outcome::Complete(result.clone()))).await;
    let after = scene.operation(&operation).await;
    assert_eq!((after.status, after.job), (Status::Succeeded, None));
    assert_eq!(after.ending, Some(Ending::Succeeded { result }));
    assert_eq!(after.ended_at, Some(scene.now()));
    assert_eq!(after.expires_at, Some(scene.now().after(after.retention)));
    let job = scene.job(claimed.job.id).await;
    assert_eq!(job.state, JobState::Completed { at: scene.now() });
}

pub async fn a_finished_job_keeps_all_but_its_input(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let before = {
        let mut job = scene.make.job();
        job.trace = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
        scene.enqueue(job).await
    };
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.complete(&claimed).await;
    let job = scene.job(before).await;
    let mut expected = claimed.job.clone();
    expected.input = Payload::default();
    expected.state = JobState::Completed { at: scene.now() };
    assert_eq!(job, expected);
}

pub async fn a_failed_job_says_why(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let rejection = Rejection::new("NoSuchAccount", "There is no such account.");
    let job = job_after(&scene, Err(HandlerError::Failed(rejection.clone()))).await;
    assert_eq!(job.state, JobState::Failed { at: scene.now() });
    assert_eq!(job.last_error, Some(rejection.to_string()));
    let (operation, ..) = only(scene.everything().await.operations);
    let expected = Ending::Failed { error: rejection };
    assert_eq!((operation.status, operation.ending), (Status::Failed, Some(expected)));
}

pub async fn a_retry_is_scheduled_and_counted(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let job = job_after(&scene, Err(HandlerError::Retry(Cause::from("timed out")))).await;
    assert_eq!(job.attempts, 1);
    assert_eq!(job.last_error.as_deref(), Some("timed out"));
    let JobState::Scheduled { at } = job.state else { panic!("{:?}", job.state) };
    // Half of two seconds, counted from the job's own place in the order of jobs.
    assert!(at >= scene.now().after(SECOND) && at < scene.now().after(2 * SECOND), "{at}");
    let (operation, ..) = only(scene.everything().await.operations);
    assert_eq!((operation.status, operation.job), (Status::Running, Some(job.id)));
}

/// I12
pub async fn a_snooze_spends_no_attempt(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let job = job_after(&scene, Ok(Outcome::Snooze(HOUR))).await;
    assert_eq!((job.attempts, job.crashes), (0, 0));
    assert!(matches!(job.state, JobState::Scheduled { .. }), "{:?}", job.state);
}

/// What is due already need not wait to be promoted.
pub async fn a_wait_of_no_time_is_none(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let mut verdict = after_release(&claimed.job);
    verdict.job.state = NextState::Scheduled(Duration::ZERO);
    scene.commit(verdict.write(attempt(&claimed), None, scene.now()).unwrap()).await;
    assert_eq!(scene.claim_one(worker).await.job.id, claimed.job.id);
}

/// I9
pub async fn an_unknown_outcome_is_looked_at_again(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let verifying = HandlerError::Verifying { effect: "pay".to_owned(), after: SECOND };
    let job = job_after(&scene, Err(verifying)).await;
    assert_eq!(job.attempts, 0);
    let (operation, ..) = only(scene.everything().await.operations);
    assert!(operation.verifying);
    assert_eq!(operation.status, Status::Running);
}

/// I12: a worker that stops holds nothing against its jobs.
pub async fn a_released_job_is_available_at_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.release(&claimed).await;
    let job = scene.job(claimed.job.id).await;
    assert_eq!((job.attempts, job.crashes, job.suspect), (0, 0, false));
    let again = scene.claim_one(worker).await;
    assert_eq!((again.job.id, again.lease.token), (job.id, claimed.lease.token.next()));
}

/// I4: one is not seen without the other.
pub async fn a_job_ends_and_the_next_one_begins_in_one_write(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let next = scene.make.job().stage("second");
    scene.end(&claimed, Ok(Outcome::Then(next.clone()))).await;
    let after = scene.operation(&operation).await;
    assert_eq!((after.status, after.job), (Status::Running, Some(next.id)));
    assert_eq!(after.stage.as_deref(), Some("second"));
    let second = scene.claim_one(worker).await;
    assert_eq!((second.job.id, second.operation.as_ref()), (next.id, Some(&after)));
    assert!(scene.job(claimed.job.id).await.state.is_finished());
}

pub async fn progress_and_item_errors_are_written_under_way(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let progress = Progress { completed: 2, failed: 1, total: Some(9), message: None };
    let mut change = OperationChange::of(scene.operation(&operation).await);
    change.record(Change::Progressed(progress.clone()), scene.now()).unwrap();
    change.record(Change::ItemErrors { count: 2 }, scene.now()).unwrap();
    let errors = vec![item_error(1), item_error(2)];
    scene.commit(attempt(&claimed).change(change).item_errors(errors.clone())).await;
    let (after, events, written) = only(scene.everything().await.operations);
    assert_eq!((after.progress, after.error_count), (Some(progress), 2));
    assert_eq!((after.version, events.len()), (4, 4));
    assert_eq!(written, errors);
    assert!(matches!(scene.job(claimed.job.id).await.state, JobState::Running { .. }));
}

pub(super) fn item_error(number: u64) -> ItemError {
    ItemError {
        code: "AccountClosed".to_owned(),
        message: format!("Account {number} is closed \u{2014} \u{0}."),
        target: format!("/payments/{number}"),
    }
}

/// Who decided on an old view is told the present one, and decides again.
pub async fn an_operation_that_changed_is_not_overwritten(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let old = claimed.operation.clone().unwrap();
    let news = changed(&old, Change::CancelRequested, scene.now());
    scene.commit(attempt(&claimed).change(news)).await;
    let current = scene.operation(&old).await;
    let done = Ok(Outcome::Complete(json!(null)));
    let stale = ended(attempt(&claimed), &claimed, &done, Some(&old), scene.now()).unwrap();
    let expected = Refusal::OperationChanged { current: Some(Box::new(current)) };
    assert_eq!(scene.refused(stale).await, expected);
    scene.end(&claimed, done).await;
}

/// All or nothing: a commit of every part, refused by its last check.
pub async fn a_refused_commit_changes_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let bystander = scene.enqueue(scene.make.job().due(Due::After(HOUR))).await;
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let before = scene.everything().await;
    let owner = Effect::owner(Some(operation.id), claimed.job.id);
    let effect = Effect::planned(owner, "pay").sending(claimed.lease.token, worker, scene.now());
    let mut taken = scene.make.job();
    taken.id = bystander;
    let commit = scene.ending(&claimed, Ok(Outcome::Then(scene.make.job()))).await;
    let commit = commit.effect(effect).item_errors(vec![item_error(1)]);
    let commit = commit.enqueue(scene.make.job()).enqueue(taken);
    assert_eq!(scene.refused(commit).await, Refusal::JobExists);
    assert_eq!(scene.everything().await, before);
    scene.release(&claimed).await;
    assert_eq!(scene.claim_one(worker).await.effects, []);
}

/// The same for what the API side writes.
pub async fn a_refused_acceptance_leaves_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let existing = scene.enqueue(scene.make.job()).await;
    let before = scene.everything().await;
    let operation = scene.make.operation(scene.now());
    let mut taken = scene.make.job();
    taken.id = existing;
    let commit = ApiCommit::new(operation.tenant.clone())
        .once(once("a"))
        .accept(operation.clone(), scene.make.job(), scene.now())
        .enqueue(taken);
    assert_eq!(scene.refused(commit).await, Refusal::JobExists);
    assert_eq!(scene.everything().await, before);
    assert_eq!(scene.found(&operation).await, FoundOperation::Unknown);
    let key = ApiCommit::new(operation.tenant).once(once("a"));
    scene.commit(key).await;
}

/// I10
pub async fn what_has_ended_does_not_change(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let running = claimed.operation.clone().unwrap();
    scene.complete(&claimed).await;
    let before = scene.everything().await;
    let Ok(Decided::Commit(late)) = cancel(&running, None, scene.now()) else { panic!() };
    let refusal = scene.refused(*late).await;
    assert!(matches!(refusal, Refusal::OperationChanged { .. }), "{refusal:?}");
    let failed = Err(HandlerError::Failed(Rejection::new("Late", "It was late.")));
    let late = ended(attempt(&claimed), &claimed, &failed, Some(&running), scene.now()).unwrap();
    scene.refused(late).await;
    let late = ended(attempt(&claimed), &claimed, &failed, None, scene.now()).unwrap();
    assert_eq!(scene.refused(late).await, Refusal::LeaseLost);
    assert_eq!(scene.everything().await, before);
}

pub async fn the_first_attempt_starts_its_operation_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    let commit = started(&claimed, &operation, scene.now()).unwrap();
    scene.commit(commit.clone()).await;
    let refusal = scene.refused(commit).await;
    assert!(matches!(refusal, Refusal::OperationChanged { .. }), "{refusal:?}");
    let after = scene.operation(&operation).await;
    assert_eq!((after.status, after.version), (Status::Running, 2));
    assert_eq!(after.started_at, Some(scene.now()));
}

/// The deepest value that a handler may return is not too deep for what a store wraps around it.
pub async fn the_deepest_result_is_read_again(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let accepted = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let deepest = (0..DEEPEST).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    scene.end(&claimed, Ok(Outcome::Complete(deepest.clone()))).await;
    let ended = scene.operation(&accepted).await;
    assert_eq!(ended.ending, Some(Ending::Succeeded { result: deepest }));
    let events = scene.store.events(&accepted.tenant, accepted.id, 0).await.unwrap();
    assert_eq!(events.len() as u64, ended.version);
}

/// Attempts that end at the same time, among them what must be refused: one ends twice, one whose
/// job was claimed anew, one in the name of another tenant.
pub async fn jobs_that_end_together_end_each_for_itself(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let jobs = 40;
    for number in 0..jobs {
        let mut job = scene.make.job();
        if number % 11 == 5 {
            job.input = Payload::new(vec![b'7'; 5000]);
        }
        scene.enqueue(job).await;
    }
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, jobs).await;
    assert_eq!(claimed.len(), jobs);
    let (twice, stale, foreign) = (&claimed[3], &claimed[8], &claimed[20]);
    scene.release(stale).await;
    let renewed = scene.claim_one(worker).await;
    let mut commits: Vec<(JobId, Commit)> = Vec::new();
    for claimed in &claimed {
        let mut commit: Commit =
            scene.ending(claimed, Ok(Outcome::Complete(json!(null)))).await.into();
        if claimed.job.id == foreign.job.id {
            commit.tenant = Tenant::new("another").unwrap();
        }
        if claimed.job.id == twice.job.id {
            commits.push((claimed.job.id, commit.clone()));
        }
        commits.push((claimed.job.id, commit));
    }
    let mut ending = Vec::new();
    for (job, commit) in commits {
        let store = scene.store.clone();
        ending.push(tokio::spawn(async move { (job, store.commit(commit).await) }));
    }
    let mut refused = Vec::new();
    for end in ending {
        match end.await.unwrap() {
            (_, Ok(_)) => {}
            (job, Err(CommitError::Refused(Refusal::LeaseLost))) => refused.push(job),
            (job, other) => panic!("{job}: {other:?}"),
        }
    }
    refused.sort_unstable();
    assert_eq!(refused, [twice.job.id, stale.job.id, foreign.job.id]);
    for claimed in &claimed {
        let job = scene.job(claimed.job.id).await;
        let stays = [stale.job.id, foreign.job.id].contains(&job.id);
        let completed = JobState::Completed { at: scene.now() };
        let running = JobState::Running { worker, alone: false };
        assert_eq!(job.state, if stays { running } else { completed });
    }
    scene.complete(&renewed).await;
    scene.complete(foreign).await;
    assert_eq!(scene.claim(worker, jobs).await, []);
}
