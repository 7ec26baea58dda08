//! What most applications need: `use deferral::prelude::*;`.

pub use deferral_core::{
    CallError, Cause, Due, Gate, HandlerError, ItemError, Job, NewJob, Operation, OperationId,
    Outcome, Policy, Priority, Progress, QueueName, Rejection, RetryPolicy, Status, Tenant,
    Timestamp,
};
#[cfg(feature = "service")]
pub use deferral_service::Extension;
pub use deferral_worker::Context;
pub use schemars::JsonSchema;
pub use uuid::Uuid;
