use std::sync::Arc;

use deferral_core::{JobId, Token};
use rusqlite::Connection;
use uuid::Uuid;

use crate::counts::Lane;
use crate::options::Options;
use crate::statements::Statements;
use crate::store::SqliteStore;
use crate::transaction::Transaction;

/// From outside nobody can get between a claim that was not heard of and its return.
#[tokio::test]
async fn a_claim_is_taken_back_under_its_own_token_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let store = SqliteStore::open(&path, Options::default()).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    let job = Uuid::from_u128(7);
    let running = "INSERT INTO jobs (id, tenant, queue, kind, version, priority, state, at, worker,
        alone, token, attempts, crashes, suspect, cancel_requested, created_at, checksum)
        VALUES (?1, 'default', 'default', 'a', 1, 0, 'running', 0, x'07', 0, 2, 0, 0, 0, 0, 0, 0)";
    connection.execute(running, [job]).unwrap();
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
