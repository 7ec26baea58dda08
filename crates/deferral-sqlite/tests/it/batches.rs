//! Many commits, one transaction: shared when all goes well, apart when something goes wrong.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deferral_core::commit::ApiCommit;
use deferral_core::{CommitError, FoundOperation, OperationId, Refusal, Store as _, Tenant};
use rusqlite::Connection;

use crate::child::{Other, Part, accept, job, open};

fn transactions(path: &Path) -> u64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT number FROM last_batch", [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_come_together_share_a_transaction() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = Arc::new(open(&path).await);
    let before = transactions(&path);
    let mut commits = Vec::new();
    for _ in 0..2000 {
        let store = Arc::clone(&store);
        commits.push(tokio::spawn(async move {
            store.commit(accept(store.now()).1.into()).await.unwrap();
        }));
    }
    for commit in commits {
        commit.await.unwrap();
    }
    let transactions = transactions(&path) - before;
    println!("2000 commits in {transactions} transactions");
    assert!(transactions < 1000, "{transactions} transactions");
}

/// Neighbors in one batch: what is refused, and what its caller dropped, harms nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_leaves_its_neighbors_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("deferral.db")).await);
    let taken = job(store.now());
    let mut commits = Vec::new();
    for number in 0..600_usize {
        let (store, taken) = (Arc::clone(&store), taken.clone());
        commits.push(tokio::spawn(async move {
            let (id, commit) = accept(store.now());
            let commit = if number % 3 == 0 { commit.enqueue(taken) } else { commit };
            (number, id, store.commit(commit.into()).await)
        }));
        if number % 7 == 1 {
            commits.pop().unwrap().abort();
        }
    }
    let mut winners = 0;
    for commit in commits {
        let (number, id, answer) = commit.await.unwrap();
        let found = store.operation(&Tenant::default(), id).await.unwrap();
        match answer {
            Ok(_) => {
                winners += usize::from(number % 3 == 0);
                assert!(matches!(found, FoundOperation::Live(_)), "{number}: {found:?}");
            }
            Err(CommitError::Refused(Refusal::JobExists)) => {
                assert_eq!(found, FoundOperation::Unknown, "{number}: refused, but half written");
            }
            Err(error) => panic!("{number}: {error}"),
        }
    }
    assert_eq!(winners, 1);
}

/// A file that can't grow beyond so many blocks of 512 bytes: whatever fails, and at whatever
/// moment, nothing that was acknowledged is missing, and what was refused is not there.
#[tokio::test]
async fn a_disk_that_is_full_loses_nothing() {
    for blocks in [900, 1100, 1500, 2000] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deferral.db");
        drop(open(&path).await);
        let mut other = Other::of(limited(&path, blocks));
        let mut acknowledged: Vec<OperationId> = Vec::new();
        let mut refused: Vec<(OperationId, String)> = Vec::new();
        while refused.len() < 40 {
            let said = other.say().unwrap();
            match said.split_once(' ') {
                None => acknowledged.push(said.parse().unwrap()),
                Some((id, why)) => refused.push((id.parse().unwrap(), why.to_owned())),
            }
        }
        other.kill();
        let store = open(&path).await;
        assert!(!acknowledged.is_empty(), "{refused:?}");
        for id in &acknowledged {
            let found = store.operation(&Tenant::default(), *id).await.unwrap();
            assert!(matches!(found, FoundOperation::Live(_)), "{id} was acknowledged: {found:?}");
        }
        for (id, why) in &refused {
            let found = store.operation(&Tenant::default(), *id).await.unwrap();
            let unknown = why.contains("unknown");
            assert!(unknown || found == FoundOperation::Unknown, "{id} ({why}) is {found:?}");
        }
        println!("{} acknowledged, then {}", acknowledged.len(), refused[0].1);
    }
}

/// The part in a process whose files can't grow beyond so many blocks, and who is told so by an
/// error.
fn limited(path: &Path, blocks: u32) -> Command {
    let part = Other::command(Part::Fill, path);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""));
    shell.arg(part.get_program()).args(part.get_args());
    for (name, value) in part.get_envs() {
        shell.env(name, value.unwrap());
    }
    shell
}

/// What one caller waits for, with nobody else there.
#[tokio::test]
async fn a_single_commit_does_not_wait_for_company() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("deferral.db")).await;
    let mut took = Vec::new();
    for _ in 0..200 {
        let commit = ApiCommit::new(Tenant::default()).enqueue(job(store.now()));
        let begun = Instant::now();
        store.commit(commit.into()).await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort();
    println!("a commit alone: p50 {:?}, p99 {:?}", took[100], took[197]);
    assert!(took[100] < Duration::from_millis(50), "{:?}", took[100]);
}
