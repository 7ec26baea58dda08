use std::sync::Arc;

use deferral_core::{JobId, StoredJob, Token};
use rusqlite::Connection;
use uuid::Uuid;

use crate::counts::Lane;
use crate::options::Options;
use crate::statements::Statements;
use crate::store::SqliteStore;
use crate::transaction::Transaction;
use crate::write::PlainFinish;

/// A running job, under its second token.
const RUNNING: &str = "INSERT INTO jobs (id, tenant, queue, kind, version, priority, state, at,
    worker, alone, token, attempts, crashes, suspect, cancel_requested, created_at, checksum)
    VALUES (?1, 'default', 'default', 'a', 1, 0, 'running', 0, x'07', 0, 2, 0, 0, 0, 0, 0, 0)";

/// From outside nobody can get between a claim that was not heard of and its return.
#[tokio::test]
async fn a_claim_is_taken_back_under_its_own_token_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = SqliteStore::open(&path, Options::default()).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    let job = Uuid::from_u128(7);
    connection.execute(RUNNING, [job]).unwrap();
    let mut transaction = Transaction::new(Statements::new(&connection), Arc::clone(&store.locks));
    let mut state_after_return = |token| {
        let lane = Lane { queue: "default".into(), kind: "a".into(), version: 1 };
        transaction.begin().unwrap();
        transaction.return_jobs(&[(JobId::from_uuid(job), Token(token), lane)]).unwrap();
        transaction.commit().unwrap();
        let state = "SELECT state FROM jobs WHERE id = ?1";
        connection.query_row(state, [job], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(state_after_return(1), "running");
    assert_eq!(state_after_return(2), "available");
}

/// Where a job stood that ended elsewhere, another one may stand when a late writer comes.
#[tokio::test]
async fn a_number_that_was_given_again_is_not_taken_for_the_job() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = SqliteStore::open(&path, Options::default()).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    let other = Uuid::from_u128(8);
    connection.execute(RUNNING, [other]).unwrap();
    let number = connection.last_insert_rowid();
    let mut transaction = Transaction::new(Statements::new(&connection), Arc::clone(&store.locks));
    let start = deferral_testing::TestClock::START;
    let gone = StoredJob::enqueued(deferral_testing::Factory::new().job(), start, start);
    transaction.held.claim(&gone, number, false);
    let finish = |job| PlainFinish { job, token: 2, tenant: gone.tenant.clone() };
    transaction.begin().unwrap();
    assert!(!transaction.finish_jobs(&[finish(gone.id.as_uuid())]).unwrap());
    transaction.commit().unwrap();
    let found = connection.query_row("SELECT id FROM jobs", [], |row| row.get::<_, Uuid>(0));
    assert_eq!(found.unwrap(), other);
}
