use std::path::PathBuf;
use std::sync::Arc;

use deferral_core::commit::{ApiCommit, AttemptCommit, Commit};
use deferral_core::transition::{JobSet, NextState};
use deferral_core::{
    Claim, Claimed, Lease, QueueName, Refusal, Store as _, StoreError, Tenant, Token,
};
use deferral_testing::Factory;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

use crate::encode::EncodedCommit;
use crate::error::Failure;
use crate::options::{Options, Synchronous};
use crate::request::{Answer, Request};
use crate::statements::Statements;
use crate::store::SqliteStore;
use crate::transaction::Transaction;

async fn open() -> (SqliteStore, PathBuf, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = SqliteStore::open(&path, Options::default()).await.unwrap();
    (store, path, directory)
}

/// Writes `text` as the id of an API key.
fn note(transaction: &Transaction<'_>, text: &str) -> Result<(), Failure> {
    let sql = "INSERT INTO api_keys VALUES (?1, x'', 'default', '{}', 0, NULL)";
    transaction.sql.connection().execute(sql, [text])?;
    Ok(())
}

fn notes(path: &PathBuf) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare("SELECT id FROM api_keys ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

async fn commit<T: Send + 'static>(
    store: &SqliteStore,
    run: impl FnMut(&mut Transaction<'_>) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let (request, answer) = Request::new(0, run);
    store.queue.leave_commit(request).await.unwrap();
    answer
}

/// What a commit of one batch does.
type Run = fn(&mut Transaction<'_>) -> Result<(), Failure>;

/// Commits that certainly share a batch: the file is held until all of them wait.
async fn together(store: &SqliteStore, path: &PathBuf, runs: &[Run]) -> Vec<Answer<()>> {
    let holder = Connection::open(path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut answers = Vec::new();
    for run in runs {
        answers.push(commit(store, *run).await);
    }
    holder.execute_batch("ROLLBACK").unwrap();
    answers
}

#[tokio::test]
async fn one_that_fails_after_it_wrote_takes_nobody_along() {
    let (store, path, _directory) = open().await;
    let runs: [Run; 4] = [
        |transaction| note(transaction, "before"),
        |transaction| {
            note(transaction, "half")?;
            Err(Failure::unreadable("a row", "it is broken"))
        },
        |_| Err(Failure::unreadable("another row", "it is broken too")),
        |transaction| note(transaction, "behind"),
    ];
    let mut answers = together(&store, &path, &runs).await.into_iter();
    answers.next().unwrap().await.unwrap().unwrap();
    for _ in 0..2 {
        let error = answers.next().unwrap().await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    }
    answers.next().unwrap().await.unwrap().unwrap();
    assert_eq!(notes(&path), ["before", "behind"]);
}

#[tokio::test]
async fn a_full_file_refuses_the_batch_and_goes_on_when_there_is_room() {
    let (store, path, _directory) = open().await;
    let limit = |pages: u32| {
        move |transaction: &mut Transaction<'_>| {
            let connection = transaction.sql.connection();
            Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        }
    };
    commit(&store, limit(1)).await.await.unwrap().unwrap();
    let runs: [Run; 2] = [
        |transaction| note(transaction, "fits"),
        |transaction| note(transaction, &"does not fit ".repeat(1000)),
    ];
    for answer in together(&store, &path, &runs).await {
        let error = answer.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        assert!(error.to_string().contains("free some space"), "{error}");
    }
    commit(&store, limit(100_000)).await.await.unwrap().unwrap();
    for answer in together(&store, &path, &runs[..1]).await {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(notes(&path), ["fits"]);
}

#[tokio::test]
async fn a_panic_is_told_and_the_writer_goes_on() {
    let (store, path, _directory) = open().await;
    let runs: [Run; 2] =
        [|transaction| note(transaction, "beside it"), |_| panic!("on purpose, in a test")];
    for answer in together(&store, &path, &runs).await {
        assert!(answer.await.is_err(), "nobody can answer");
    }
    commit(&store, |transaction| note(transaction, "afterwards")).await.await.unwrap().unwrap();
    assert_eq!(notes(&path), ["afterwards"]);
}

/// Full is 2, normal is 1.
#[tokio::test]
async fn commits_are_flushed_and_upkeep_is_not() {
    let (store, _path, _directory) = open().await;
    let synchronous = |transaction: &mut Transaction<'_>| {
        let connection = transaction.sql.connection();
        Ok(connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))?)
    };
    for _ in 0..3 {
        assert_eq!(commit(&store, synchronous).await.await.unwrap().unwrap(), 2);
        let (request, answer) = Request::new(0, synchronous);
        store.queue.leave_upkeep(request).unwrap();
        assert_eq!(answer.await.unwrap().unwrap(), 1);
    }
}

#[tokio::test]
async fn a_lost_commit_is_looked_for() {
    let (store, path, _directory) = open().await;
    let connection = Connection::open(&path).unwrap();
    let mut transaction = Transaction::new(Statements::new(&connection), Arc::clone(&store.locks));
    transaction.flush(Synchronous::Full).unwrap();
    let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let write = |transaction: &mut Transaction<'_>, writer| {
        transaction.begin().unwrap();
        note(transaction, &Uuid::now_v7().to_string()).unwrap();
        let number = transaction.seal(writer).unwrap().unwrap();
        transaction.commit().unwrap();
        number
    };
    let written = write(&mut transaction, ours);
    assert_eq!(transaction.was_written(written, ours).unwrap(), Some(true));
    let lost = written + 1;
    assert_eq!(transaction.was_written(lost, ours).unwrap(), Some(false));
    let replaced = write(&mut transaction, theirs);
    assert_eq!(transaction.was_written(replaced, ours).unwrap(), Some(false));
    let before = write(&mut transaction, ours);
    write(&mut transaction, theirs);
    assert_eq!(transaction.was_written(before, ours).unwrap(), None, "it can't be known any more");
}

/// Claims jobs that the store then knows how to finish together.
async fn claimed(store: &SqliteStore, jobs: usize) -> Vec<Claimed> {
    let make = Factory::new();
    for _ in 0..jobs {
        store.commit(ApiCommit::new(Tenant::default()).enqueue(make.job()).into()).await.unwrap();
    }
    let worker = make.worker();
    let id = worker.id;
    store.register(worker).await.unwrap();
    let queues = vec![QueueName::default()];
    let claim = Claim { worker: id, queues, limit: jobs, suspect: false };
    store.claim(claim).await.unwrap().claimed
}

fn completing(claimed: &Claimed, token: Token) -> Commit {
    let lease = Lease { token, ..claimed.lease };
    let set = JobSet {
        state: NextState::Completed,
        attempts: 0,
        crashes: 0,
        crashed_since: None,
        suspect: false,
        cancel_requested: false,
        last_error: None,
    };
    AttemptCommit::new(claimed.job.tenant.clone(), &lease).set(set).into()
}

/// With how many statements plain finishes are written is not seen from outside; that they are
/// told one by one is.
#[tokio::test]
async fn finishes_of_one_batch_are_told_one_by_one() {
    for stale in [None, Some(7)] {
        let (store, path, _directory) = open().await;
        let claimed = claimed(&store, 20).await;
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut answers = Vec::new();
        for (place, claimed) in claimed.iter().enumerate() {
            let token = if stale == Some(place) { Token(99) } else { claimed.lease.token };
            let commit = EncodedCommit::new(completing(claimed, token)).unwrap();
            assert!(commit.plain_finish().is_some(), "this is what the fast way is for");
            let (request, answer) = Request::commit(commit);
            store.queue.leave_commit(request).await.unwrap();
            answers.push(answer);
        }
        holder.execute_batch("ROLLBACK").unwrap();
        for (place, answer) in answers.into_iter().enumerate() {
            let written = answer.await.unwrap().unwrap();
            let refused = matches!(written, Err(Refusal::LeaseLost));
            assert_eq!(refused, stale == Some(place), "{place}: {written:?}");
        }
        let count = |sql| holder.query_row(sql, [], |row| row.get::<_, usize>(0)).unwrap();
        let left = usize::from(stale.is_some());
        assert_eq!(count("SELECT count(*) FROM jobs"), left);
        assert_eq!(count("SELECT count(*) FROM finished_jobs"), 20 - left);
        assert_eq!(count("SELECT sum(jobs) FROM job_counts"), left, "what is counted is there");
    }
}
