//! What is left when a process is killed.

use std::time::Duration;

use deferral_core::transition::{CrashBudget, after_crash};
use deferral_core::{FoundOperation, OperationId, Store as _, Tenant};

use crate::child::{Other, Part, claim, job, open, register};

/// Kills the process under load, and looks for all that it had acknowledged.
async fn nothing_acknowledged_is_lost(after: usize) -> usize {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let mut other = Other::start(Part::Load, &path);
    let mut acknowledged: Vec<OperationId> = Vec::new();
    while acknowledged.len() < after {
        acknowledged.push(other.say().unwrap().parse().unwrap());
    }
    other.kill();
    while let Some(said) = other.say() {
        acknowledged.extend(said.parse::<OperationId>());
    }
    let store = open(&path).await;
    for id in &acknowledged {
        let found = store.operation(&Tenant::default(), *id).await.unwrap();
        assert!(matches!(found, FoundOperation::Live(_)), "{id} was acknowledged, is {found:?}");
    }
    acknowledged.len()
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_under_load() {
    for after in [1, 50, 333, 1000] {
        let count = nothing_acknowledged_is_lost(after).await;
        println!("{count} acknowledged, all there");
    }
}

#[tokio::test]
async fn two_processes_write_at_once_and_both_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let mut others = [Other::start(Part::Load, &path), Other::start(Part::Load, &path)];
    let store = open(&path).await;
    let mut ids: Vec<OperationId> = Vec::new();
    for _ in 0..500 {
        ids.extend(
            others.iter_mut().map(|other| other.say().unwrap().parse::<OperationId>().unwrap()),
        );
    }
    for id in &ids {
        let found = store.operation(&Tenant::default(), *id).await.unwrap();
        assert!(matches!(found, FoundOperation::Live(_)), "{id}: {found:?}");
    }
    for other in &mut others {
        other.kill();
    }
    let counted: u64 = store.overview().await.unwrap().counts.iter().map(|count| count.count).sum();
    let jobs = count_jobs(&path);
    assert_eq!(counted, jobs, "the counts are those of the rows");
    assert!(jobs >= ids.len() as u64);
}

fn count_jobs(path: &std::path::Path) -> u64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_killed_worker_frees_its_leases_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let job = job(store.now());
    let id = job.id;
    let commit = deferral_core::commit::ApiCommit::new(Tenant::default()).enqueue(job);
    store.commit(commit.into()).await.unwrap();
    let mut other = Other::start(Part::Hold, &path);
    assert!(other.say().unwrap().ends_with(&id.to_string()));
    assert_eq!(store.overdue(10).await.unwrap().leases, [], "it lives, and its lease is long");
    let worker = register(&store, Duration::from_secs(60)).await;
    assert!(!store.lead(worker).await.unwrap(), "the other one leads");
    other.kill();
    assert!(store.lead(worker).await.unwrap(), "nobody waits for a dead leader");
    let overdue = store.overdue(10).await.unwrap();
    assert_eq!(overdue.leases.len(), 1);
    let rescue = after_crash(&overdue.leases[0], CrashBudget::default(), store.now());
    store.commit(rescue.into()).await.unwrap();
    let claims = store.claim(deferral_core::Claim { suspect: true, ..claim(worker, 1) }).await;
    assert_eq!(claims.unwrap().claimed[0].job.id, id);
}

#[tokio::test]
async fn files_of_dead_workers_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let live = register(&store, Duration::from_secs(60)).await;
    let locks = directory.path().join("deferral.db-workers");
    std::fs::write(locks.join("01a3185c-5000-7000-8000-000000000000"), "").unwrap();
    let limits = deferral_core::PruneLimits {
        jobs: Duration::from_secs(60),
        tombstones: Duration::from_secs(60),
        batch: 10,
    };
    store.prune(limits).await.unwrap();
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&locks).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(), [live.to_string()]);
    store.leave(live).await.unwrap();
    assert_eq!(names(), [""; 0]);
}
