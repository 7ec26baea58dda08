//! Processes that run handlers, as a store knows them.

use std::time::Duration;

use crate::{Kind, QueueName, Timestamp, WorkerId};

/// A worker that registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorker {
    /// Fresh for every registration.
    pub id: WorkerId,
    /// `host.pid`, for people.
    pub name: String,
    /// The queues it reads, in the order in which it reads them.
    pub queues: Vec<QueueName>,
    /// The kinds and versions that it can run.
    pub kinds: Vec<(Kind, u32)>,
    /// How long its leases live without a heartbeat.
    pub lease: Duration,
}

/// A registered worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// As registered.
    pub id: WorkerId,
    /// As registered.
    pub name: String,
    /// As registered.
    pub queues: Vec<QueueName>,
    /// As registered.
    pub kinds: Vec<(Kind, u32)>,
    /// How many jobs it runs.
    pub running: u64,
    /// Until when its leases live without another heartbeat.
    pub expires_at: Timestamp,
}
