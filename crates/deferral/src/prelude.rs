//! What most applications need: `use deferral::prelude::*;`.

pub use deferral_core::{
    CallError, Cause, Due, Gate, HandlerError, ItemError, Job, NewJob, Operation, OperationId,
    Outcome, Policy, Priority, Progress, QueueName, Rejection, RetryPolicy, Status, Tenant,
    Timestamp,
};
pub use deferral_worker::Context;
