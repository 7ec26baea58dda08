//! What nobody can run is told.

use deferral::core::commit::ApiCommit;
use deferral::core::{Due, JobId, Kind, NewJob, Payload, Priority, QueueName, Store, Tenant};
use serde_json::Value;

use crate::payments::Batch;
use crate::world::World;

const KIND: &str = "mass_payment.confirm";

/// A job as a newer release enqueues it, first in its queue.
fn newer(id: JobId) -> NewJob {
    NewJob {
        id,
        tenant: Tenant::default(),
        operation: None,
        kind: Kind::new(KIND).unwrap(),
        version: 2,
        input: Payload::new(b"{\"of\": \"tomorrow\"}".to_vec()),
        queue: QueueName::new("high").unwrap(),
        priority: Priority::default(),
        due: Due::Now,
        stage: None,
        trace: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_version_that_nobody_knows_are_told() {
    let world = World::new(|_| (), &[]).await;
    let api = world.api().await;
    let worker = world.worker("worker", &[]);
    let store = world.store().await;
    let ids: Vec<JobId> = (0..3).map(|_| JobId::new(store.now(), rand::random())).collect();
    for id in &ids {
        let commit = ApiCommit::new(Tenant::default()).enqueue(newer(*id));
        store.commit(commit.into()).await.unwrap();
    }
    // Others pass them, in the same queue: by then they were seen.
    let id = world.send(&Batch::immediate("passing", 5, 1)).await;
    assert_eq!(world.until_done(&id).await["status"], "Succeeded");
    check_info(&world).await;
    assert!(worker.end().await.success());
    assert!(api.end().await.success());
}

/// `info` has its shape, and tells about the jobs that nobody can run when asked.
async fn check_info(world: &World) {
    let narrow = world.said(&["info"]).await;
    let lines: Vec<&str> = narrow.lines().collect();
    assert_eq!(lines[0], "high       |██████████████████████████ 3");
    assert!(lines.contains(&"default    | 0"), "{narrow}");
    assert!(lines.contains(&"3 queues, 3 jobs total"), "{narrow}");
    assert!(lines.iter().any(|line| line.ends_with(" idle: high, default, low")), "{narrow}");
    assert_eq!(lines.last(), Some(&"1 workers, 3 queues"));

    let wide = world.said(&["info", "--wide"]).await;
    let told = format!("no worker can run 3 jobs of {KIND} version 2 in queue high");
    assert!(wide.lines().any(|line| line == told), "{wide}");

    let json: Value = serde_json::from_str(&world.said(&["info", "--json"]).await).unwrap();
    assert_eq!(
        json["unclaimable"],
        serde_json::json!([{"queue": "high", "kind": KIND, "version": 2, "jobs": 3}])
    );
}
