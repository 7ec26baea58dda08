//! What callers asked for, and what they were told.

use std::collections::BTreeSet;

use serde_json::Value;

use super::batch::Batch;

/// What came of sending a request once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was promised.
    Accepted {
        /// The operation.
        id: String,
        /// Whether the promise is an earlier one's.
        replayed: bool,
    },
    /// It was refused for certain: nothing may come of it.
    Refused {
        /// Status and code.
        why: String,
    },
    /// It may have been accepted, or not.
    Open {
        /// What came instead of an answer.
        why: String,
    },
}

/// What a caller wants to come of its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wish {
    /// Runs through by itself.
    Through,
    /// Is confirmed.
    Confirmed,
    /// Is rejected when it asks.
    Rejected,
    /// Is canceled when it asks.
    Canceled,
    /// Is given up for one bad line.
    AllOrNothing,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// A batch of payments.
    Payments(Batch, Wish),
    /// `POST /rehearsals` with this body.
    Rehearsal(Value),
    /// `POST` to another path, with this body: of an extension of the battery.
    Other(String, Value),
}

/// An order under its key, however often it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The idempotency key; for payments it is the business reference too.
    pub(crate) key: String,
    pub(crate) order: Order,
    /// What each sending was told, in order.
    pub(crate) fates: Vec<Fate>,
    /// What its caller saw go backwards.
    pub(crate) regressions: Vec<String>,
}

/// All requests.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) requests: Vec<Request>,
}

impl Request {
    /// Not yet sent.
    pub(crate) const fn new(key: String, order: Order) -> Self {
        Self { key, order, fates: Vec::new(), regressions: Vec::new() }
    }

    /// The operations that were promised; more than one is a broken promise.
    pub(crate) fn ids(&self) -> BTreeSet<&str> {
        let mut ids = BTreeSet::new();
        for fate in &self.fates {
            if let Fate::Accepted { id, .. } = fate {
                ids.insert(id.as_str());
            }
        }
        ids
    }

    /// Whether nobody knows if it was accepted.
    pub(crate) fn is_open(&self) -> bool {
        self.ids().is_empty() && self.fates.iter().any(|fate| matches!(fate, Fate::Open { .. }))
    }
}

impl History {
    /// Those that were promised, with the (first) operation.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (&Request, &str)> {
        self.requests.iter().filter_map(|it| Some((it, it.ids().first().copied()?)))
    }

    /// Adds what others saw.
    pub(crate) fn extend(&mut self, more: Self) {
        self.requests.extend(more.requests);
    }
}
