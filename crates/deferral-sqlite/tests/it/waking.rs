//! How soon a job that comes to an idle store is picked up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deferral_core::commit::{ApiCommit, AttemptCommit};
use deferral_core::{Store as _, Tenant, Topic};

use crate::child::{Other, Part, claim, job, open, register};

const JOBS: usize = 200;

/// Prints what was measured, and compares it with what is promised of a quiet machine: four times
/// that, and beside it what the disk took for a commit in the same run.
fn report(what: &str, mut took: Vec<Duration>, mut commits: Vec<Duration>, promised: Duration) {
    assert_eq!((took.len(), commits.len()), (JOBS, JOBS));
    took.sort();
    commits.sort();
    println!("{what}: p50 {:?}, p99 {:?}, most {:?}", took[100], took[197], took[199]);
    println!("  a commit: p50 {:?}, p99 {:?}, most {:?}", commits[100], commits[197], commits[199]);
    assert!(took[197] < 4 * promised + 2 * commits[199], "{:?}", took[197]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_picked_up_at_once_in_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("deferral.db")).await);
    let worker = register(&*store, Duration::from_secs(600)).await;
    let picking_up = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mut picked_up = HashMap::new();
            let mut seen = store.wake(Topic::Jobs, 0).await;
            while picked_up.len() < JOBS {
                let claimed = store.claim(claim(worker, 1)).await.unwrap().claimed;
                if claimed.is_empty() {
                    seen = store.wake(Topic::Jobs, seen).await;
                }
                for claimed in claimed {
                    picked_up.insert(claimed.job.id, Instant::now());
                    let tenant = claimed.job.tenant.clone();
                    store.commit(AttemptCommit::new(tenant, &claimed.lease).into()).await.unwrap();
                }
            }
            picked_up
        }
    });
    let (mut committed, mut commits) = (HashMap::new(), Vec::new());
    let mut pause = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..JOBS {
        pause.tick().await;
        let job = job(store.now());
        let (id, begun) = (job.id, Instant::now());
        store.commit(ApiCommit::new(Tenant::default()).enqueue(job).into()).await.unwrap();
        commits.push(begun.elapsed());
        committed.insert(id, Instant::now());
    }
    let picked_up = picking_up.await.unwrap();
    let took = committed.iter().map(|(id, at)| picked_up[id].saturating_duration_since(*at));
    report("picked up in one process", took.collect(), commits, Duration::from_millis(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_picked_up_at_once_by_another_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let mut other = Other::start(Part::PickUp, &path);
    assert_eq!(other.say().unwrap(), "ready");
    let listening = tokio::task::spawn_blocking(move || {
        let mut picked_up = HashMap::new();
        while picked_up.len() < JOBS {
            let said = other.say().unwrap();
            let (id, at) = said.split_once(' ').unwrap();
            picked_up.insert(id.to_owned(), at.parse::<i64>().unwrap());
        }
        picked_up
    });
    let (mut committed, mut commits) = (HashMap::new(), Vec::new());
    let mut pause = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..JOBS {
        pause.tick().await;
        let job = job(store.now());
        let (id, begun) = (job.id, Instant::now());
        store.commit(ApiCommit::new(Tenant::default()).enqueue(job).into()).await.unwrap();
        commits.push(begun.elapsed());
        committed.insert(id.to_string(), store.now().as_micros());
    }
    let picked_up = listening.await.unwrap();
    let micros = |(id, at): (&String, &i64)| u64::try_from(picked_up[id] - at).unwrap_or(0);
    let took = committed.iter().map(micros).map(Duration::from_micros).collect();
    report("picked up by another process", took, commits, Duration::from_millis(20));
}

#[tokio::test]
async fn sockets_of_dead_processes_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let sockets = || std::fs::read_dir(directory.path().join("deferral.db-wake")).unwrap().count();
    let mut other = Other::start(Part::Open, &path);
    assert_eq!(sockets(), 2);
    other.kill();
    let deadline = Instant::now() + Duration::from_secs(10);
    while sockets() > 1 {
        assert!(Instant::now() < deadline);
        let commit = ApiCommit::new(Tenant::default()).enqueue(job(store.now()));
        store.commit(commit.into()).await.unwrap();
    }
    Other::start(Part::Open, &path).finish();
    assert_eq!(sockets(), 1, "who closes takes its socket along");
}

/// Without any hint, a look at the file finds what another process wrote.
#[tokio::test]
async fn a_lost_hint_is_found_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let other = open(&path).await;
    for entry in std::fs::read_dir(directory.path().join("deferral.db-wake")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let seen = store.wake(Topic::Jobs, 0).await;
    other.commit(ApiCommit::new(Tenant::default()).enqueue(job(other.now())).into()).await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(10), store.wake(Topic::Jobs, seen)).await;
    assert_ne!(woken.unwrap(), seen);
}
