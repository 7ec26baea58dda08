//! What was accepted is there, whole, whatever happens next.

use deferral_core::commit::{ApiCommit, OperatorCommit};
use deferral_core::{
    ApiKey, Change, Due, FoundOperation, JobState, Kind, NewJob, Payload, Priority, Refusal,
    Status, Timestamp, Token,
};

use super::Harness;
use super::scene::{HOUR, Scene, only};
use crate::factory::{once, queue, tenant};

/// I5
pub async fn an_accepted_operation_is_there(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut operation = scene.make.operation(scene.now());
    operation.correlation = Some("payroll 7 \u{1f4b6}".to_owned());
    operation.cancelable = false;
    operation.retention = 3 * HOUR;
    let job = scene.make.job().stage("queued");
    let job_id = job.id;
    let accepted = scene.accept_operation(operation.clone(), job).await;
    operation.job = Some(job_id);
    operation.stage = Some("queued".to_owned());
    operation.first_stage = Some("queued".to_owned());
    assert_eq!(accepted, operation);
    assert_eq!((accepted.status, accepted.version), (Status::NotStarted, 1));
}

pub async fn its_first_event_is_its_acceptance(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let events = scene.store.events(&operation.tenant, operation.id, 0).await.unwrap();
    let event = only(events);
    assert_eq!((event.number, event.change), (1, Change::Accepted));
}

pub async fn its_job_is_written_with_it(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    assert_eq!(Some(claimed.job.id), operation.job);
    assert_eq!(claimed.operation, Some(operation));
}

/// I1
pub async fn what_was_accepted_survives_the_death_of_every_process(harness: &mut dyn Harness) {
    let mut scene = Scene::of(harness);
    let operation = scene.accept().await;
    let key = once("kept");
    scene.commit(ApiCommit::new(operation.tenant.clone()).once(key.clone())).await;
    let before = scene.everything().await;
    scene = scene.reopen().await;
    assert_eq!(scene.everything().await, before);
    let taken = scene.refused(ApiCommit::new(operation.tenant.clone()).once(key)).await;
    assert!(matches!(taken, Refusal::Taken { .. }), "{taken:?}");
    let worker = scene.worker().await;
    assert_eq!(scene.claim_one(worker).await.operation, Some(operation));
}

/// I1: nor does an attempt lose what it recorded.
pub async fn what_an_attempt_wrote_survives_the_death_of_every_process(harness: &mut dyn Harness) {
    let mut scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let before = scene.everything().await;
    scene = scene.reopen().await;
    assert_eq!(scene.everything().await, before);
    assert_eq!(scene.job(claimed.job.id).await.token, claimed.lease.token);
    let rescued = scene.crash().await;
    assert_eq!(rescued, [claimed.job.id], "the attempt of a dead process is taken over");
}

pub async fn an_operation_id_is_taken_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let first = scene.accept().await;
    let before = scene.everything().await;
    for owner in ["default", "other"] {
        let mut again = scene.make.operation(scene.now());
        again.id = first.id;
        let commit = ApiCommit::new(tenant(owner)).accept(again, scene.make.job(), scene.now());
        assert_eq!(scene.refused(commit).await, Refusal::OperationExists);
    }
    assert_eq!(scene.everything().await, before);
}

pub async fn a_job_id_is_taken_once(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let job = scene.make.job();
    let enqueue = |job: &NewJob| ApiCommit::new(job.tenant.clone()).enqueue(job.clone());
    scene.commit(enqueue(&job)).await;
    assert_eq!(scene.refused(enqueue(&job)).await, Refusal::JobExists);
    let worker = scene.worker().await;
    let claimed = scene.claim_one(worker).await;
    scene.complete(&claimed).await;
    assert_eq!(scene.refused(enqueue(&job)).await, Refusal::JobExists, "finished ones count");
    let twin = scene.make.job();
    let twins = enqueue(&twin).enqueue(twin.clone());
    assert_eq!(scene.refused(twins).await, Refusal::JobExists, "in one commit too");
}

pub async fn a_job_is_kept_as_it_was_enqueued(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let job = NewJob {
        kind: Kind::new("a.kind-of_9").unwrap(),
        version: 7,
        queue: queue("eu-1"),
        priority: Priority::HIGH,
        due: Due::After(HOUR),
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        ..scene.make.job().of(operation.id)
    };
    let id = scene.enqueue(job.clone()).await;
    let stored = scene.job(id).await;
    assert_eq!(stored.operation, Some(operation.id));
    assert_eq!((stored.kind, stored.version), (job.kind, job.version));
    assert_eq!((stored.queue, stored.priority), (job.queue, job.priority));
    assert_eq!((stored.input, stored.trace), (job.input, job.trace));
    assert_eq!(stored.state, JobState::Scheduled { at: stored.created_at.after(HOUR) });
    assert_eq!((stored.token, stored.attempts, stored.crashes), (Token(0), 0, 0));
    assert!(!stored.suspect && !stored.cancel_requested);
}

pub async fn payloads_are_kept_byte_for_byte(harness: &mut dyn Harness) {
    let mut scene = Scene::of(harness);
    let all_bytes = (0..=255).collect::<Vec<u8>>();
    let million = all_bytes.iter().copied().cycle().take(1 << 20).collect();
    let inputs = [vec![], vec![0], b"a\0b\xff\xfe'\"\\{".to_vec(), all_bytes, million];
    let mut jobs = Vec::new();
    for input in &inputs {
        let job = NewJob { input: Payload::new(input.clone()), ..scene.make.job() };
        jobs.push(scene.enqueue(job).await);
    }
    scene = scene.reopen().await;
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 10).await;
    for (input, (claimed, id)) in inputs.iter().zip(claimed.iter().zip(jobs)) {
        assert_eq!(claimed.job.id, id);
        assert!(claimed.job.input.bytes() == input, "{} bytes changed", input.len());
    }
}

/// A commit has one tenant, whatever its parts say.
pub async fn everything_accepted_is_the_tenant_of_the_commit_s(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.make.operation(scene.now());
    let mut stray = scene.make.job();
    stray.tenant = tenant("other");
    let (id, stray_id) = (operation.id, stray.id);
    let commit = ApiCommit::new(tenant("acme"))
        .accept(operation, scene.make.job(), scene.now())
        .enqueue(stray);
    scene.commit(commit).await;
    let found = scene.store.operation(&tenant("acme"), id).await.unwrap();
    assert!(matches!(found, FoundOperation::Live(_)), "{found:?}");
    assert_eq!(scene.job(stray_id).await.tenant, tenant("acme"));
}

pub async fn an_api_key_is_kept_and_revoked(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let key = |id: &str, created_at: Timestamp| ApiKey {
        id: id.to_owned(),
        hash: [0xa5; 32],
        tenant: tenant("acme"),
        settings: [("mass_payments.mode".to_owned(), "sync".to_owned())].into(),
        created_at,
        revoked_at: None,
    };
    let older = key("zz", scene.now());
    let newer = key("aa", scene.now().after(HOUR));
    for key in [&newer, &older] {
        scene.commit(OperatorCommit::api_key(key.clone())).await;
    }
    let all = scene.store.api_keys(None).await.unwrap();
    assert_eq!(all, [older.clone(), newer.clone()], "the oldest first");
    let revoked = ApiKey { revoked_at: Some(scene.now()), ..older };
    scene.commit(OperatorCommit::api_key(revoked.clone())).await;
    assert_eq!(scene.store.api_keys(Some("zz")).await.unwrap(), [revoked]);
    assert_eq!(scene.store.api_keys(Some("none")).await.unwrap(), []);
}

/// Every 202 says it, so it had better not change under way.
pub async fn what_a_commit_survives_is_said(harness: &mut dyn Harness) {
    let mut scene = Scene::of(harness);
    let said = scene.store.durability();
    assert_eq!(scene.harness.second().durability(), said);
    scene = scene.reopen().await;
    assert_eq!(scene.store.durability(), said);
}
