//! I22: what can't be read is kept, told, and in nobody's way; a person can end it.

use deferral_core::transition::{Happened, Resolution, resolve_damaged};
use deferral_core::{JobQuery, OperationQuery, Refusal, Rejection, Status};

use super::Harness;
use super::scene::{DAY, Scene, healthy, only};

pub async fn a_damaged_job_is_set_aside(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let damaged = scene.enqueue(scene.make.job()).await;
    let sound = scene.enqueue(scene.make.job()).await;
    if !scene.harness.damage_job(damaged).await {
        return;
    }
    let worker = scene.worker().await;
    let claims = scene.claims(healthy(worker, 10)).await;
    assert_eq!(only(claims.claimed).job.id, sound);
    assert_eq!(only(claims.set_aside).job, damaged.to_string());
    assert_eq!(scene.claims(healthy(worker, 10)).await.set_aside, [], "it is told once");
    let listed = scene.everything().await;
    assert_eq!(only(listed.jobs).id, sound);
    assert_eq!(only(listed.set_aside).job, damaged.to_string());
}

/// I22: who waits for it, and who can help, see that it needs a person.
pub async fn a_damaged_job_calls_a_person_to_its_operation(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (damaged, sound) = (scene.accept().await, scene.accept().await);
    let job = damaged.job.expect("it has a job");
    if !scene.harness.damage_job(job).await {
        return;
    }
    let worker = scene.worker().await;
    assert_eq!(scene.claim_one(worker).await.operation, Some(sound));
    let told = scene.operation(&damaged).await;
    let attention = told.attention.expect("a person is called");
    assert!(attention.reason.contains("can't be read"), "{}", attention.reason);
    assert_eq!(attention.since, scene.now());
    assert_eq!(told.version, damaged.version + 1);
    let events = scene.store.events(&damaged.tenant, damaged.id, 0).await.unwrap();
    assert_eq!(events.len(), 2, "it is an event like any other");
    let query = OperationQuery { attention: true, limit: 10, ..OperationQuery::default() };
    assert_eq!(only(scene.store.operations(&query).await.unwrap().items).id, damaged.id);
}

/// It is found although no worker would ever claim it.
pub async fn a_damaged_job_that_nobody_asks_for_is_found(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut job = scene.make.job();
    job.due = deferral_core::Due::After(DAY);
    let damaged = scene.accept_with(job).await;
    if !scene.harness.damage_job(damaged.job.expect("it has a job")).await {
        return;
    }
    scene.store.overdue(10).await.unwrap();
    assert!(scene.operation(&damaged).await.attention.is_some());
    scene.store.overdue(10).await.unwrap();
    assert_eq!(scene.operation(&damaged).await.version, damaged.version + 1, "it is told once");
}

fn said(happened: Happened) -> Resolution {
    let (by, why) = ("ann".to_owned(), "asked the bank".to_owned());
    Resolution { effect: None, happened, by, why }
}

pub async fn a_damaged_job_can_be_ended_by_an_operator(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let damaged = scene.accept().await;
    let job = damaged.job.expect("it has a job");
    let give_up = said(Happened::GiveUp(Rejection::new("GivenUp", "It is broken.")));
    let sound = resolve_damaged(job, &damaged, &[], &give_up, scene.now()).unwrap();
    assert_eq!(scene.refused(sound).await, Refusal::LeaseLost, "it can be read");
    if !scene.harness.damage_job(job).await {
        return;
    }
    let worker = scene.worker().await;
    assert_eq!(scene.claim(worker, 10).await, []);
    let told = scene.operation(&damaged).await;
    let commit = resolve_damaged(job, &told, &[], &give_up, scene.now()).unwrap();
    scene.commit(commit).await;
    let ended = scene.operation(&damaged).await;
    assert_eq!((ended.status, ended.attention, ended.job), (Status::Failed, None, None));
    let waiting = JobQuery { state: Some("parked"), limit: 10, ..JobQuery::default() };
    assert_eq!(
        scene.store.jobs(&waiting).await.unwrap().set_aside,
        [],
        "it is not parked any more"
    );
    assert_eq!(scene.store.overview().await.unwrap().counts, []);
}

/// What still can't be read is set aside again, and a person is called again.
pub async fn a_damaged_job_can_be_tried_again(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let damaged = scene.accept().await;
    let job = damaged.job.expect("it has a job");
    if !scene.harness.damage_job(job).await {
        return;
    }
    let worker = scene.worker().await;
    assert_eq!(only(scene.claims(healthy(worker, 10)).await.set_aside).job, job.to_string());
    let told = scene.operation(&damaged).await;
    let commit = resolve_damaged(job, &told, &[], &said(Happened::Retry), scene.now()).unwrap();
    scene.commit(commit).await;
    assert_eq!(scene.operation(&damaged).await.attention, None);
    assert_eq!(only(scene.claims(healthy(worker, 10)).await.set_aside).job, job.to_string());
    assert!(scene.operation(&damaged).await.attention.is_some());
}
