//! Many at once: one wins, and the others are told.

use std::collections::BTreeSet;
use std::sync::Arc;

use deferral_core::commit::{ApiCommit, Commit};
use deferral_core::transition::{CrashBudget, after_crash};
use deferral_core::{
    Change, CommitError, Outcome, Progress, Refusal, Status, Tenant, Timestamp, Topic,
};
use serde_json::json;

use super::Harness;
use super::cancel::canceled;
use super::confirm::{confirmed, held, rejected};
use super::scene::{Scene, changed, healthy, only, suspect};
use crate::attempt::attempt;
use crate::factory::{LEASE, once};

type Written = Result<Timestamp, CommitError>;

/// Commits all at once, alternately as two processes, and tells what became of each.
async fn race(scene: &Scene<'_>, commits: Vec<Commit>) -> Vec<Written> {
    let stores = [Arc::clone(&scene.store), scene.harness.second()];
    let start = Arc::new(tokio::sync::Barrier::new(commits.len()));
    let racing = commits.into_iter().enumerate().map(|(number, commit)| {
        let (store, start) = (Arc::clone(&stores[number % 2]), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            store.commit(commit).await
        })
    });
    let mut written = Vec::new();
    for racer in racing.collect::<Vec<_>>() {
        written.push(racer.await.unwrap());
    }
    written
}

/// The one that was written; all others must have been refused.
fn winner(written: &[Written]) -> usize {
    for result in written {
        assert!(matches!(result, Ok(_) | Err(CommitError::Refused(_))), "{result:?}");
    }
    let winners = written.iter().enumerate().filter(|(_, result)| result.is_ok());
    only(winners.map(|(number, _)| number).collect())
}

/// I3
pub async fn one_key_makes_one_operation(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let accept = |_| {
        let operation = scene.make.operation(scene.now());
        let commit = ApiCommit::new(Tenant::default()).once(once("a"));
        let commit = commit.accept(operation.clone(), scene.make.job(), scene.now());
        (operation.id, Commit::from(commit))
    };
    let (ids, commits): (Vec<_>, Vec<_>) = (0..64).map(accept).unzip();
    let written = race(&scene, commits).await;
    let accepted = ids[winner(&written)];
    for result in written {
        if let Err(CommitError::Refused(refusal)) = result {
            let Refusal::Taken { record, operation } = refusal else { panic!("{refusal:?}") };
            assert_eq!(record.operation, Some(accepted));
            assert_eq!(operation.map(|operation| operation.id), Some(accepted));
        }
    }
    let everything = scene.everything().await;
    assert_eq!((everything.operations.len(), everything.jobs.len()), (1, 1));
}

/// I6: a job is never held twice.
pub async fn claimers_never_get_the_same_job(harness: &mut dyn Harness) {
    const JOBS: usize = 200;
    let scene = Scene::of(harness);
    let all = ApiCommit::new(Tenant::default());
    scene.commit((0..JOBS).fold(all, |commit, _| commit.enqueue(scene.make.job()))).await;
    let mut claimers = Vec::new();
    for number in 0..8 {
        let worker = scene.worker().await;
        let store = if number % 2 == 0 { Arc::clone(&scene.store) } else { scene.harness.second() };
        claimers.push(tokio::spawn(async move {
            let mut got = Vec::new();
            loop {
                let claims = store.claim(healthy(worker, 3)).await.unwrap();
                if claims.claimed.is_empty() {
                    return got;
                }
                got.extend(claims.claimed.into_iter().map(|claimed| claimed.job.id));
                tokio::task::yield_now().await;
            }
        }));
    }
    let mut all = Vec::new();
    for claimer in claimers {
        all.extend(claimer.await.unwrap());
    }
    assert_eq!(all.len(), JOBS, "none is left, none is claimed twice");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), JOBS);
}

/// A cancel and a claim of a waiting job: never both.
pub async fn a_cancel_and_a_claim_never_both_win(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let worker = scene.worker().await;
    for _ in 0..20 {
        let operation = scene.accept().await;
        let job = scene.job(operation.job.unwrap()).await;
        let cancel = canceled(&operation, Some(&job), scene.now());
        let (first, second) = (Arc::clone(&scene.store), scene.harness.second());
        let claim = tokio::spawn(async move { first.claim(healthy(worker, 1)).await });
        let cancel = tokio::spawn(async move { second.commit(cancel.into()).await });
        let claimed = claim.await.unwrap().unwrap().claimed;
        let canceled = cancel.await.unwrap().is_ok();
        assert_ne!(claimed.is_empty(), !canceled, "one of them won");
        let status = scene.operation(&operation).await.status;
        assert_eq!(status == Status::Canceled, canceled);
    }
}

pub async fn a_gate_is_confirmed_or_rejected_by_one(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (operation, next, undo) = held(&scene).await;
    let decide = |number| match number % 2 {
        0 => confirmed(&operation, scene.now()).into(),
        _ => rejected(&operation, scene.now()).into(),
    };
    let written = race(&scene, (0..16).map(decide).collect()).await;
    let went_on = winner(&written).is_multiple_of(2);
    let job = if went_on { next.id } else { undo.id };
    let waiting = scene.everything().await.jobs;
    let waiting = waiting.iter().filter(|job| job.state.is_waiting()).map(|job| job.id);
    assert_eq!(waiting.collect::<Vec<_>>(), [job]);
    let status = scene.operation(&operation).await.status;
    assert_eq!(status, if went_on { Status::Running } else { Status::Canceled });
}

/// I7
pub async fn a_finish_and_a_rescue_never_both_win(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..10 {
        scene.accept().await;
        let worker = scene.worker().await;
        let claimed = scene.start(worker).await;
        let finish = scene.ending(&claimed, Ok(Outcome::Complete(json!(1)))).await;
        scene.advance(LEASE);
        let expired = only(scene.store.overdue(10).await.unwrap().leases);
        let rescue = || after_crash(&expired, CrashBudget::default(), scene.now()).into();
        let written = race(&scene, vec![finish.into(), rescue(), rescue()]).await;
        let job = scene.job(claimed.job.id).await;
        assert_eq!(job.state.is_finished(), winner(&written) == 0);
        if job.suspect {
            let worker = scene.worker().await;
            let claimed = only(scene.claims(suspect(worker)).await.claimed);
            scene.complete(&claimed).await;
        }
    }
}

/// I19: numbers have no gap, whoever writes at the same time.
pub async fn events_are_numbered_without_gap_under_a_race(harness: &mut dyn Harness) {
    const WRITERS: usize = 8;
    const EACH: u64 = 10;
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let operation = claimed.operation.clone().unwrap();
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let store = if number % 2 == 0 { Arc::clone(&scene.store) } else { scene.harness.second() };
        let (claimed, mut current) = (claimed.clone(), operation.clone());
        writers.push(tokio::spawn(async move {
            let mut left = EACH;
            while left > 0 {
                let progress = Progress { completed: left, ..Progress::default() };
                let change = changed(&current, Change::Progressed(progress), store.now());
                let commit = attempt(&claimed).change(change);
                match store.commit(commit.into()).await {
                    Ok(_) => left -= 1,
                    Err(CommitError::Refused(Refusal::OperationChanged { current: Some(new) })) => {
                        assert!(new.version > current.version);
                        current = *new;
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let events = scene.store.events(&operation.tenant, operation.id, 0).await.unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    let last = 2 + WRITERS as u64 * EACH;
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    assert_eq!(scene.operation(&operation).await.version, last);
}

/// Leaders that ask at the same time: one leads.
pub async fn one_of_many_leads(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut asking = Vec::new();
    for number in 0..8 {
        let worker = scene.worker().await;
        let store = if number % 2 == 0 { Arc::clone(&scene.store) } else { scene.harness.second() };
        asking.push(tokio::spawn(async move { store.lead(worker).await.unwrap() }));
    }
    let mut leaders = 0;
    for one in asking {
        leaders += usize::from(one.await.unwrap());
    }
    assert_eq!(leaders, 1);
}

/// A caller that goes away in the middle leaves all or nothing.
pub async fn a_dropped_commit_is_written_whole_or_not_at_all(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for round in 0..50_u32 {
        let operation = scene.make.operation(scene.now());
        let commit = ApiCommit::new(Tenant::default());
        let commit = commit.accept(operation, scene.make.job(), scene.now());
        let store = Arc::clone(&scene.store);
        let writing = tokio::spawn(async move { store.commit(commit.into()).await });
        for _ in 0..round % 5 {
            tokio::task::yield_now().await;
        }
        writing.abort();
        let _aborted = writing.await;
    }
    // A commit of our own comes after all that were begun.
    scene.accept().await;
    scene.store.wake(Topic::Jobs, 0).await;
    let everything = scene.everything().await;
    let jobs: BTreeSet<_> = everything.jobs.iter().map(|job| Some(job.id)).collect();
    let carried: BTreeSet<_> = everything.operations.iter().map(|(one, ..)| one.job).collect();
    assert_eq!(jobs, carried, "an operation and its job are written together");
    assert!(everything.operations.iter().all(|(_, events, _)| events.len() == 1));
}
