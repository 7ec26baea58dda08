//! Two processes on one file: a busy one must not keep the other from writing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use deferral_core::Store as _;

use crate::child::{Other, Part, accept, open};

/// A lease lives for 15 seconds and more; a heartbeat comes every third of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_in_one_process_does_not_starve_the_heartbeats_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = Arc::new(open(&path).await);
    let mut other = Other::start(Part::Beat, &path);
    let (stop, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut load = Vec::new();
    for _ in 0..64 {
        let (store, stop, commits) = (Arc::clone(&store), Arc::clone(&stop), Arc::clone(&commits));
        load.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                store.commit(accept(store.now()).1.into()).await.unwrap();
                commits.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let begun = Instant::now();
    let listening = tokio::task::spawn_blocking(move || {
        let mut took: Vec<Duration> = Vec::new();
        while took.len() < 200 {
            let micros: u64 = other.say().unwrap().parse().unwrap();
            took.push(Duration::from_micros(micros));
        }
        took
    });
    let mut took = listening.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    let rate = commits.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    println!(
        "heartbeat p50 {:?}, p99 {:?}, most {:?} beside {rate:.0} commits/s",
        took[100], took[197], took[199]
    );
    assert!(took[197] < Duration::from_secs(1), "p99 {:?}", took[197]);
}
