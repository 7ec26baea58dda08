//! What a claim costs, and what becomes of one that nobody hears of.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deferral_core::commit::ApiCommit;
use deferral_core::{JobQuery, JobState, Store as _, Tenant};
use deferral_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::child::{claim, job, open, register};

async fn enqueue(store: &SqliteStore, count: usize) {
    for _ in 0..count / 500 {
        let mut commit = ApiCommit::new(Tenant::default());
        for _ in 0..500 {
            commit = commit.enqueue(job(store.now()));
        }
        store.commit(commit.into()).await.unwrap();
    }
}

/// The median of many claims of one job.
async fn cost(store: &SqliteStore) -> Duration {
    let worker = register(store, Duration::from_secs(600)).await;
    let mut took = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        assert_eq!(store.claim(claim(worker, 1)).await.unwrap().claimed.len(), 1);
        took.push(begun.elapsed());
    }
    took.sort();
    took[took.len() / 2]
}

#[tokio::test]
async fn a_claim_costs_the_same_however_many_wait() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("deferral.db")).await;
    enqueue(&store, 10_000).await;
    let few = cost(&store).await;
    enqueue(&store, 290_000).await;
    let many = cost(&store).await;
    println!("a claim takes {few:?} of 10,000 and {many:?} of 300,000");
    assert!(many < 4 * few + Duration::from_millis(2), "{few:?} grew to {many:?}");
    let begun = Instant::now();
    let overview = store.overview().await.unwrap();
    println!("an overview takes {:?}", begun.elapsed());
    assert_eq!(overview.counts.iter().map(|count| count.count).sum::<u64>(), 300_000);
}

/// A worker that is asked to stop drops what it awaits: the jobs must not run under nobody.
#[tokio::test]
async fn a_claim_that_nobody_waits_for_is_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("deferral.db")).await);
    enqueue(&store, 500).await;
    let worker = register(&*store, Duration::from_secs(600)).await;
    for round in 0..100_u64 {
        let asking = tokio::spawn({
            let store = Arc::clone(&store);
            async move { drop(store.claim(claim(worker, 3)).await) }
        });
        for _ in 0..round % 20 {
            tokio::task::yield_now().await;
        }
        asking.abort();
        // One that was answered keeps its jobs, and is no matter of this test.
        let _aborted = asking.await;
    }
    let overview = store.overview().await.unwrap();
    let running: u64 = overview.workers.iter().map(|worker| worker.running).sum();
    assert_eq!(running % 3, 0, "a claim is taken back whole or not at all");
}

#[tokio::test]
async fn a_dropped_answer_gives_its_jobs_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("deferral.db")).await);
    enqueue(&store, 500).await;
    let worker = register(&*store, Duration::from_secs(600)).await;
    let before = first(&store).await;
    // Polled once, so that the request is on its way, and then dropped.
    let mut asking = Box::pin(store.claim(claim(worker, 1)));
    let begun = tokio::time::timeout(Duration::ZERO, &mut asking).await;
    drop(asking);
    if begun.is_ok() {
        return;
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        // Behind the dropped claim and what it gave back.
        store.lead(worker).await.unwrap();
        let query = JobQuery { state: Some("running"), limit: 10, ..JobQuery::default() };
        if store.jobs(&query).await.unwrap().page.items.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "a job runs under nobody");
    }
    // The look may have come before the dropped claim was done at all.
    while first(&store).await != before {
        assert!(Instant::now() < deadline, "it has its old place");
    }
}

async fn first(store: &SqliteStore) -> deferral_core::JobId {
    let other = register(store, Duration::from_secs(600)).await;
    let claimed = store.claim(claim(other, 1)).await.unwrap().claimed;
    let id = claimed[0].job.id;
    let commit = deferral_core::commit::AttemptCommit::new(Tenant::default(), &claimed[0].lease);
    let set = deferral_core::transition::after_release(&claimed[0].job);
    let commit = set.write(commit, None, store.now()).unwrap();
    store.commit(commit.into()).await.unwrap();
    id
}

/// Every way in which a row can be broken: it is parked with its bytes, told, and others go on.
#[tokio::test]
async fn rows_that_can_t_be_read_are_set_aside() {
    let damages = [
        "checksum = checksum + 1",
        "input = x'00'",
        "input = NULL",
        "tenant = 'Not A Name'",
        "priority = 4000",
        "attempts = -1",
        "token = -5",
        "crashes = 99999999999",
        "operation = x'0102'",
        "trace = cast(x'ff' AS TEXT)",
        "suspect = 0, cancel_requested = 7, alone = 2, last_error = cast(x'c0af' AS TEXT)",
    ];
    for damage in damages {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deferral.db");
        let store = open(&path).await;
        let (bad, good) = (job(store.now()), job(store.now()));
        let ids = (bad.id, good.id);
        let commit = ApiCommit::new(Tenant::default()).enqueue(bad).enqueue(good);
        store.commit(commit.into()).await.unwrap();
        let sql = format!("UPDATE jobs SET {damage} WHERE id = ?1");
        let other = Connection::open(&path).unwrap();
        assert_eq!(other.execute(&sql, [ids.0.as_uuid()]).unwrap(), 1);
        let worker = register(&store, Duration::from_secs(600)).await;
        let claims = store.claim(claim(worker, 2)).await.unwrap();
        assert_eq!(claims.claimed.len(), 1, "{damage}");
        assert_eq!(claims.claimed[0].job.id, ids.1, "{damage}: the one behind it goes on");
        assert_eq!(claims.set_aside.len(), 1, "{damage}");
        assert_eq!(claims.set_aside[0].job, ids.0.to_string());
        let found = store.jobs(&JobQuery { limit: 10, ..JobQuery::default() }).await.unwrap();
        assert_eq!(found.set_aside.len(), 1, "{damage}: it is listed");
        let running = JobState::Running { worker, alone: false };
        assert_eq!(found.page.items[0].state, running, "{damage}");
        let state: String = other
            .query_row("SELECT state FROM jobs WHERE id = ?1", [ids.0.as_uuid()], |row| row.get(0))
            .unwrap();
        assert_eq!(state, "parked", "{damage}");
        let again = store.claim(claim(worker, 10)).await.unwrap();
        assert!(again.set_aside.is_empty() && again.claimed.is_empty(), "{damage}: told once");
    }
}

/// Changes rows without an index noticing it.
fn behind_index(path: &Path, index: &str, change: &str) {
    let connect = || {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA writable_schema = ON").unwrap();
        connection
    };
    let (before, columns) = (connect(), "type, name, tbl_name, rootpage, sql");
    let of_it = format!("FROM sqlite_schema WHERE name = '{index}'");
    let hide = format!("CREATE TABLE aside AS SELECT {columns} {of_it}; DELETE {of_it}");
    before.execute_batch(&hide).unwrap();
    drop(before);
    Connection::open(path).unwrap().execute_batch(change).unwrap();
    let back = format!("INSERT INTO sqlite_schema ({columns}) SELECT {columns} FROM aside");
    connect().execute_batch(&format!("{back}; DROP TABLE aside")).unwrap();
}

/// An index that leads to no row, or to another job's, as a disk leaves it that forgets what it
/// flushed: whoever stands behind it is claimed, and nobody who is not meant.
#[tokio::test]
async fn a_torn_index_keeps_nobody_from_being_claimed() {
    let changes = [
        "DELETE FROM jobs WHERE number = 1",
        "UPDATE jobs SET state = 'parked', reason = 'x' WHERE number = 1",
        "UPDATE jobs SET id = randomblob(16), kind = 'another' WHERE number = 1",
    ];
    for change in changes {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deferral.db");
        let store = open(&path).await;
        let (torn, whole) = (job(store.now()), job(store.now()));
        let id = whole.id;
        let commit = ApiCommit::new(Tenant::default()).enqueue(torn).enqueue(whole);
        store.commit(commit.into()).await.unwrap();
        behind_index(&path, "jobs_available", change);
        let worker = register(&store, Duration::from_secs(600)).await;
        let claims = store.claim(claim(worker, 2)).await.unwrap();
        let claimed: Vec<_> = claims.claimed.iter().map(|claimed| claimed.job.id).collect();
        assert_eq!(claimed, [id], "{change}");
        assert!(claims.set_aside.is_empty(), "{change}: nothing is said of what is not known");
    }
}

#[tokio::test]
async fn a_state_that_is_none_is_told_and_not_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    enqueue(&store, 500).await;
    let other = Connection::open(&path).unwrap();
    other
        .execute("UPDATE jobs SET state = 'dancing' WHERE id IN (SELECT id FROM jobs LIMIT 3)", [])
        .unwrap();
    let worker = register(&store, Duration::from_secs(600)).await;
    assert_eq!(store.claim(claim(worker, 1000)).await.unwrap().claimed.len(), 497);
    let found = store.jobs(&JobQuery { limit: 10, ..JobQuery::default() }).await.unwrap();
    assert_eq!(found.page.items.len(), 10);
    let everything = deferral_testing::Everything::of(&store).await.unwrap();
    assert_eq!((everything.jobs.len(), everything.set_aside.len()), (497, 3));
}

#[tokio::test]
async fn a_large_input_comes_back_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let worker = register(&store, Duration::from_secs(600)).await;
    for size in [0, 1, 1023, 1024, 1025, 4096, 100_000, 10 << 20] {
        let bytes: Vec<u8> = (0..size).map(|at: usize| (at % 251) as u8).collect();
        let mut job = job(store.now());
        job.input = deferral_core::Payload::new(bytes.clone());
        let id = job.id;
        store.commit(ApiCommit::new(Tenant::default()).enqueue(job).into()).await.unwrap();
        let claimed = store.claim(claim(worker, 1)).await.unwrap().claimed.remove(0);
        assert!(claimed.job.input.bytes() == bytes, "of {size} bytes");
        let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
        assert!(store.jobs(&query).await.unwrap().page.items[0].input.bytes() == bytes);
    }
}

#[tokio::test]
async fn an_operation_that_can_t_be_read_hides_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = open(&path).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let (id, commit) = crate::child::accept(store.now());
        store.commit(commit.into()).await.unwrap();
        ids.push(id);
    }
    ids.sort();
    let other = Connection::open(&path).unwrap();
    let sql = "UPDATE operations SET document = '{' WHERE id = ?1";
    assert_eq!(other.execute(sql, [ids[3].as_uuid()]).unwrap(), 1);
    let query = deferral_core::OperationQuery { limit: 2, ..Default::default() };
    let page = store.operations(&query).await.unwrap();
    let found: Vec<_> = page.items.iter().map(|operation| operation.id).collect();
    assert_eq!((found, page.more), (vec![ids[4], ids[2]], true));
    let error = store.operation(&Tenant::default(), ids[3]).await.unwrap_err();
    assert!(matches!(error, deferral_core::StoreError::Corrupt { .. }), "{error:?}");
    let worker = register(&store, Duration::from_secs(600)).await;
    let claims = store.claim(claim(worker, 10)).await.unwrap();
    assert_eq!(
        (claims.claimed.len(), claims.set_aside.len()),
        (4, 1),
        "its job waits for a person"
    );
}
