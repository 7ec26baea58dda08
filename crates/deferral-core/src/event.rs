//! What happened to an operation: the one list that polling, long polls, SSE, webhooks and audit
//! read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canary::{self, Canary};
use crate::{Attention, Decision, Ending, Gate, Operation, OperationError, Progress, Timestamp};

/// Every so many events one carries the operation as it then stood, so that a reader who was away
/// need not fold from the first one, and old ones can be dropped.
pub const SNAPSHOT_EVERY: u64 = 64;

/// So many snapshots back events are kept: the last 256 events and a snapshot before them.
const KEPT_SNAPSHOTS: u64 = 4;

/// A numbered fact about an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// From 1, without gaps.
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What changed.
    pub change: Change,
    /// The operation after it, on every [`SNAPSHOT_EVERY`]th event.
    pub snapshot: Option<Box<Operation>>,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was accepted.
    Accepted,
    /// Its first attempt began.
    Started,
    /// It reached another stage of the application's.
    Staged {
        /// The application's word; none after the last one.
        stage: Option<String>,
    },
    /// It got further.
    Progressed(Progress),
    /// More items went wrong.
    ItemErrors {
        /// How many in all.
        count: u64,
    },
    /// An effect's outcome is being found out, or was.
    Verifying(bool),
    /// A person is needed, or no more.
    Attention(Option<Attention>),
    /// It waits for a confirmation.
    Held(Box<Gate>),
    /// The gate was decided.
    Decided(Decision),
    /// Cancellation was asked for.
    CancelRequested,
    /// An operator said what happened to an effect whose outcome nobody could find out.
    Resolved {
        /// Which effect; none when the operator spoke about the job.
        effect: Option<String>,
        /// What they said happened.
        what: String,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// It ended well.
    Succeeded {
        /// The kind's output as JSON.
        result: Value,
    },
    /// It ended without what was asked for.
    Failed {
        /// Why.
        error: OperationError,
    },
    /// It was stopped, rejected or expired.
    Canceled {
        /// Why.
        error: OperationError,
    },
}

impl Operation {
    /// Makes this the operation after `event`; `event` must be the next one.
    pub fn apply(&mut self, event: &Event) {
        debug_assert!(
            event.number == self.version.saturating_add(1) || canary::is(Canary::SkipEvent),
            "events are applied in order"
        );
        self.version = event.number;
        self.updated_at = event.at;
        if let Some(status) = crate::transition::status_after(self.status, &event.change) {
            self.status = status;
        }
        match event.change.clone() {
            Change::Accepted | Change::Resolved { .. } => {}
            Change::Started => self.started_at = Some(event.at),
            Change::Staged { stage } => self.stage = stage,
            Change::Progressed(progress) => self.progress = Some(progress),
            Change::ItemErrors { count } => self.error_count = count,
            Change::Verifying(verifying) => self.verifying = verifying,
            Change::Attention(attention) => self.attention = attention,
            Change::Held(gate) => self.gate = Some(*gate),
            Change::Decided(decision) => self.decide(decision, event.at),
            Change::CancelRequested => self.cancel_requested_at = Some(event.at),
            Change::Succeeded { result } => self.end(Ending::Succeeded { result }, event.at),
            Change::Failed { error } => self.end(Ending::Failed { error }, event.at),
            Change::Canceled { error } => self.end(Ending::Canceled { error }, event.at),
        }
    }

    fn decide(&mut self, decision: Decision, at: Timestamp) {
        if let Some(gate) = &mut self.gate {
            gate.state = decision.state;
            gate.comment = decision.comment;
            gate.decided_at = Some(at);
        }
    }

    fn end(&mut self, ending: Ending, at: Timestamp) {
        self.ended_at = Some(at);
        self.expires_at = Some(at.after(self.retention));
        self.ending = Some(ending);
        self.verifying = false;
        self.attention = None;
    }
}

impl Event {
    /// Below which number events may be dropped once this one is written, if any.
    pub const fn drops_below(&self) -> Option<u64> {
        if !self.number.is_multiple_of(SNAPSHOT_EVERY) {
            return None;
        }
        self.number.checked_sub(KEPT_SNAPSHOTS * SNAPSHOT_EVERY)
    }

    /// The name under which a stream of events tells it.
    pub const fn name(&self) -> &'static str {
        match &self.change {
            Change::Accepted => "created",
            Change::Started
            | Change::Staged { .. }
            | Change::Verifying(_)
            | Change::Attention(_)
            | Change::Resolved { .. } => "running",
            Change::Progressed(_) => "progress",
            Change::ItemErrors { .. } => "item-error",
            Change::Held(_) => "awaiting-confirmation",
            Change::Decided(_) => "confirmation",
            Change::CancelRequested => "cancel-requested",
            Change::Succeeded { .. } => "succeeded",
            Change::Failed { .. } => "failed",
            Change::Canceled { .. } => "canceled",
        }
    }
}

/// The number after which the events begin that [`as_of`] needs to tell how things stood after
/// `number`.
pub const fn needed_after(number: u64) -> u64 {
    (number / SNAPSHOT_EVERY * SNAPSHOT_EVERY).saturating_sub(1)
}

/// The operation as it stood after event `number`: folds the kept events up to it, from the
/// newest snapshot at or before it. None when the events needed are dropped or not yet written.
pub fn as_of(operation: &Operation, events: &[Event], number: u64) -> Option<Operation> {
    let upto: Vec<&Event> = events.iter().filter(|event| event.number <= number).collect();
    let snapshot = upto.iter().rposition(|event| event.snapshot.is_some());
    let (mut folded, rest) = match snapshot {
        Some(at) => (upto[at].snapshot.as_deref()?.clone(), &upto[at + 1..]),
        None => (operation.as_accepted(), upto.get(1..)?),
    };
    for event in rest {
        if Some(event.number) != folded.version.checked_add(1) {
            return None;
        }
        folded.apply(event);
    }
    (folded.version == number).then_some(folded)
}
