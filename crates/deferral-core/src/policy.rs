//! What a kind asks of those who run it.

use std::time::Duration;

use crate::{Priority, QueueName, RetryPolicy};

/// How jobs of a kind are queued, tried and given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Where its jobs wait.
    pub queue: QueueName,
    /// Which of those waiting there run first.
    pub priority: Priority,
    /// How many failed attempts until the job fails. Snoozes, throttling, shutdowns and crashes
    /// are not failed attempts.
    pub max_attempts: u32,
    /// The waits between them.
    pub retry: RetryPolicy,
    /// How long one attempt may take; then it is stopped and counts as failed.
    pub timeout: Duration,
    /// How long after it was enqueued a job may still be tried; then it fails with
    /// `DeadlineExceeded`.
    pub deadline: Option<Duration>,
    /// Whether it moves money: such kinds refuse to start on a store that is not power-safe.
    pub money: bool,
}

impl Default for Policy {
    /// Queue `default`, normal priority, 10 attempts, 5 minutes each, no deadline, no money.
    fn default() -> Self {
        Self {
            queue: QueueName::default(),
            priority: Priority::NORMAL,
            max_attempts: 10,
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(300),
            deadline: None,
            money: false,
        }
    }
}
