//! The state machines, case by case.

mod actions;
mod attempts;
mod crashes;
mod table;

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::{
    Due, Gate, Job, JobId, JobState, NewJob, Operation, OperationId, Policy, Status, StoredJob,
    Tenant, Timestamp, Token, WorkerId,
};

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
pub(super) const SECOND: Duration = Duration::from_secs(1);

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Pay;

impl Job for Pay {
    const KIND: &'static str = "pay";
    type Output = ();
}

pub(super) fn new_job(n: u128) -> NewJob {
    NewJob::new(JobId::from_uuid(Uuid::from_u128(n)), Tenant::default(), &Pay).unwrap()
}

pub(super) fn running(alone: bool) -> StoredJob {
    let mut job = StoredJob::enqueued(new_job(1), NOW, NOW);
    job.state = JobState::Running { worker: WorkerId::from_uuid(Uuid::from_u128(9)), alone };
    job.token = Token(1);
    job.operation = Some(OperationId::from_uuid(Uuid::from_u128(100)));
    job
}

pub(super) fn operation(status: Status) -> Operation {
    let id = OperationId::from_uuid(Uuid::from_u128(100));
    let kind = crate::Kind::new("pay").unwrap();
    let mut operation = Operation::accepted(id, Tenant::default(), kind, NOW);
    operation.status = status;
    operation.job = Some(new_job(1).id);
    operation
}

pub(super) fn held() -> Operation {
    let mut operation = operation(Status::AwaitingConfirmation);
    operation.job = None;
    operation.gate = Some(gate().opened(NOW));
    operation
}

pub(super) fn gate() -> Gate {
    let next = new_job(2).stage("queued_for_creating").due(Due::Now);
    Gate::new("Pay 2 lines?", next).requires(json!({"accept_errors": true})).undo(new_job(3))
}

pub(super) fn policy() -> Policy {
    Policy { max_attempts: 3, deadline: Some(3600 * SECOND), ..Policy::default() }
}
