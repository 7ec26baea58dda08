//! Who maintains the store when the one who did is dead.

use deferral_core::{Store as _, Timestamp, WorkerId};
use deferral_testing::Factory;

use crate::child::open;

#[tokio::test]
async fn a_leader_whose_process_died_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deferral.db");
    let (factory, other) = (Factory::new(), open(&path).await);
    let (first, second) = (factory.worker(), factory.worker());
    let (dies, lives): (WorkerId, WorkerId) = (first.id, second.id);
    let dying = open(&path).await;
    let until: Timestamp = dying.register(first).await.unwrap();
    other.register(second).await.unwrap();
    assert!(dying.lead(dies).await.unwrap());
    assert!(!other.lead(lives).await.unwrap(), "one leads at a time");
    // Its locks are freed with it, as the system frees those of a dead process.
    drop(dying);
    assert!(other.lead(lives).await.unwrap());
    assert!(other.now() < until, "long before its lease is over");
}
