//! Small things that tests are made of, with ids that count up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deferral_core::{
    Due, JobId, Kind, NewJob, NewWorker, Once, Operation, OperationId, Payload, Priority,
    QueueName, Tenant, Timestamp, WorkerId,
};

use crate::TestClock;

/// How long a lease lives that a test does not think about.
pub const LEASE: Duration = Duration::from_secs(30);

/// The kind of jobs that a test does not think about.
pub const KIND: &str = "test.work";

/// Makes jobs, operations and workers. Ids grow in the order in which they are made, and are the
/// same in every run.
#[derive(Debug, Default)]
pub struct Factory {
    made: AtomicU64,
}

impl Factory {
    /// A factory that has made nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn random(&self) -> [u8; 10] {
        let mut random = [0; 10];
        let made = self.made.fetch_add(1, Ordering::SeqCst);
        random[2..].copy_from_slice(&made.to_be_bytes());
        random
    }

    /// The next id of a job.
    pub fn job_id(&self) -> JobId {
        JobId::new(TestClock::START, self.random())
    }

    /// The next id of an operation.
    pub fn operation_id(&self) -> OperationId {
        OperationId::new(TestClock::START, self.random())
    }

    /// The next id of a worker.
    pub fn worker_id(&self) -> WorkerId {
        WorkerId::new(TestClock::START, self.random())
    }

    /// A job of [`KIND`], version 1, of the default tenant in the default queue, due now.
    pub fn job(&self) -> NewJob {
        NewJob {
            id: self.job_id(),
            tenant: Tenant::default(),
            operation: None,
            kind: kind(KIND),
            version: 1,
            input: Payload::new(b"{}".to_vec()),
            queue: QueueName::default(),
            priority: Priority::NORMAL,
            due: Due::Now,
            stage: None,
            trace: None,
        }
    }

    /// An operation of [`KIND`] and the default tenant, accepted at `now`.
    pub fn operation(&self, now: Timestamp) -> Operation {
        Operation::accepted(self.operation_id(), Tenant::default(), kind(KIND), now)
    }

    /// A worker that runs [`KIND`], version 1, from the default queue.
    pub fn worker(&self) -> NewWorker {
        let id = self.worker_id();
        NewWorker {
            id,
            name: format!("test.{}", self.made.load(Ordering::SeqCst)),
            queues: vec![QueueName::default()],
            kinds: vec![(kind(KIND), 1)],
            lease: LEASE,
        }
    }
}

/// A key of scope `test`, kept for a day.
pub fn once(key: &str) -> Once {
    Once {
        scope: "test".to_owned(),
        key: key.to_owned(),
        fingerprint: format!("fingerprint of {key}"),
        keep: Duration::from_secs(24 * 3600),
        instead_of: None,
    }
}

/// The kind of this name.
///
/// # Panics
/// When it is none.
#[expect(clippy::expect_used, reason = "the names stand in the tests")]
pub fn kind(name: &str) -> Kind {
    Kind::new(name).expect("the name of a kind")
}

/// The queue of this name.
///
/// # Panics
/// When it is none.
#[expect(clippy::expect_used, reason = "the names stand in the tests")]
pub fn queue(name: &str) -> QueueName {
    QueueName::new(name).expect("the name of a queue")
}

/// The tenant of this name.
///
/// # Panics
/// When it is none.
#[expect(clippy::expect_used, reason = "the names stand in the tests")]
pub fn tenant(name: &str) -> Tenant {
    Tenant::new(name).expect("the name of a tenant")
}
