//! The words and decisions of Deferral: pure values and functions, testable without a runtime.
//!
//! An API caller asks for an [`Operation`]; jobs carry it out, one after the other. A worker
//! claims a job and holds a [`Lease`] with a rising [`Token`]; what it does to the outside world is
//! an [`Effect`]. Every change of state is chosen in [`transition`], written as one atomic
//! [`Commit`](commit::Commit) through the [`Store`], and told as an [`Event`].
//!
//! Nothing here does I/O, reads a clock or rolls dice: the time and randomness that a decision
//! needs are its arguments.

mod api_key;
pub mod canary;
mod clock;
pub mod commit;
mod confirmation;
mod effect;
mod error;
mod event;
mod id;
mod job;
mod kind;
mod lease;
mod name;
mod nesting;
mod once;
mod operation;
mod outcome;
mod payload;
mod policy;
mod query;
mod retry;
mod status;
mod store;
pub mod transition;
mod worker;

pub use api_key::ApiKey;
pub use clock::{Clock, ForwardStep, Seen, SystemClock, Timestamp};
pub use confirmation::{Decision, Gate, GateState};
pub use effect::{Effect, EffectSettings, EffectState, EffectStep, Sight, Unsettled};
pub use error::{CommitError, Refusal, StoreError};
pub use event::{Change, Event, SNAPSHOT_EVERY, as_of, needed_after};
pub use id::{JobId, OperationId, WorkerId};
pub use job::{Due, JobState, NewJob, StoredJob, counted_anew, counts_from};
pub use kind::{Job, NewJobError};
pub use lease::{Lease, Token};
pub use name::{Kind, NameError, Priority, QueueName, Tenant};
pub use nesting::{DEEPEST, TooDeep, check_depth};
pub use once::{Once, OnceRecord};
pub use operation::{
    Attention, DEFAULT_RETENTION, Ending, ItemError, Operation, OperationError, Progress,
    SHOWN_ITEM_ERRORS,
};
pub use outcome::{CallError, Cause, HandlerError, Outcome, Rejection};
pub use payload::{Payload, PayloadError};
pub use policy::Policy;
pub use query::{
    Claim, Claimed, Claims, ExpiredLease, FoundJobs, FoundOperation, Heartbeat, JobQuery,
    KindCount, OperationQuery, Overdue, Overview, Page, PruneLimits, Pruned, SetAside,
};
pub use retry::RetryPolicy;
pub use status::Status;
pub use store::{Durability, Store, Topic};
pub use worker::{NewWorker, Worker};
