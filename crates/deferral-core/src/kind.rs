//! A kind of work, as application code sees it: a type whose values are the inputs of jobs.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::nesting::{TooDeep, check_text_depth};
use crate::{
    Due, JobId, Kind, NameError, NewJob, OperationId, Payload, Policy, Priority, QueueName, Tenant,
};

/// A kind of job: the type is its input.
///
/// Change the input of a released kind only with a new [`VERSION`](Self::VERSION): workers claim
/// only the versions they declare, so that old and new processes can run side by side.
pub trait Job: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The kind's name: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, such as `billing.charge`.
    const KIND: &'static str;
    /// The version of the input.
    const VERSION: u32 = 1;
    /// What the handler answers; the result of an operation that ends with it.
    type Output: Serialize + JsonSchema + Send + 'static;

    /// How jobs of this kind are queued, tried and given up.
    fn policy() -> Policy {
        Policy::default()
    }
}

/// A job that can't be written down.
#[derive(Debug, thiserror::Error)]
pub enum NewJobError {
    /// Its kind's name is none.
    #[error(transparent)]
    Kind(#[from] NameError),
    /// Its input has no JSON.
    #[error("the input of {kind} can't be written as JSON: {source}")]
    Input {
        /// Its kind.
        kind: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// Its handler could not read its input again.
    #[error("the input of {kind} can't be kept: {source}")]
    TooDeep {
        /// Its kind.
        kind: &'static str,
        /// Why.
        source: TooDeep,
    },
}

impl NewJob {
    /// A job of `J`'s kind, in the queue and with the priority of its policy, due now.
    pub fn new<J: Job>(id: JobId, tenant: Tenant, job: &J) -> Result<Self, NewJobError> {
        let policy = J::policy();
        let input =
            Payload::json(job).map_err(|source| NewJobError::Input { kind: J::KIND, source })?;
        check_text_depth(input.bytes())
            .map_err(|source| NewJobError::TooDeep { kind: J::KIND, source })?;
        Ok(Self {
            id,
            tenant,
            operation: None,
            kind: Kind::new(J::KIND)?,
            version: J::VERSION,
            input,
            queue: policy.queue,
            priority: policy.priority,
            due: Due::Now,
            stage: None,
            trace: None,
        })
    }

    /// Works for this operation.
    #[must_use]
    pub const fn of(mut self, operation: OperationId) -> Self {
        self.operation = Some(operation);
        self
    }

    /// The operation's stage while the job waits to carry it on.
    #[must_use]
    pub fn stage(mut self, stage: &str) -> Self {
        self.stage = Some(stage.to_owned());
        self
    }

    /// Runs at this time, not now.
    #[must_use]
    pub const fn due(mut self, due: Due) -> Self {
        self.due = due;
        self
    }

    /// Waits in this queue, not in that of the policy.
    #[must_use]
    pub fn queue(mut self, queue: QueueName) -> Self {
        self.queue = queue;
        self
    }

    /// Goes before jobs of a higher number.
    #[must_use]
    pub const fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}
