//! What an operator chooses about a worker.

use std::time::Duration;

use deferral_core::transition::CrashBudget;
use deferral_core::{PruneLimits, QueueName};

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `host.pid`, for people.
    pub name: String,
    /// The queues to read, in this order; a later one is read when the earlier ones are empty.
    pub queues: Vec<QueueSettings>,
    /// How many jobs run at once, over all queues. None means 32, and up to 256 while they are
    /// short: as many as would end within five seconds one after the other.
    pub concurrency: Option<usize>,
    /// How long a lease lives without heartbeat: a dead worker's jobs wait so long, unless the
    /// store notices its death sooner.
    pub lease: Duration,
    /// How long jobs may go on after a shutdown began; then they are released.
    pub grace: Duration,
    /// How often to look for work when nothing calls: a safety net only.
    pub poll: Duration,
    /// How many crashes of its own park a job.
    pub crash_budget: CrashBudget,
    /// How long finished work is kept.
    pub prune: PruneLimits,
}

/// One queue that a worker reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// Its name.
    pub name: QueueName,
    /// How many of its jobs this worker runs at once; none means as many as there are slots.
    pub concurrency: Option<usize>,
}

impl Default for Settings {
    /// Queue `default`, as many at once as is good, lease 15 s, grace 25 s (a container gets 30), poll 1 s.
    fn default() -> Self {
        Self {
            name: format!("worker.{}", std::process::id()),
            queues: vec![QueueSettings { name: QueueName::default(), concurrency: None }],
            concurrency: None,
            lease: Duration::from_secs(15),
            grace: Duration::from_secs(25),
            poll: Duration::from_secs(1),
            crash_budget: CrashBudget::default(),
            prune: PruneLimits {
                jobs: Duration::from_secs(24 * 3600),
                tombstones: Duration::from_secs(24 * 3600),
                batch: 1000,
            },
        }
    }
}
