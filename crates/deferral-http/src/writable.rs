//! Whether the store takes writes, for readiness: a full or read-only store can still be read, and
//! a process over it should get no requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::{CommitError, Once, Store, StoreError, Tenant, Timestamp};
use tokio::time::{Instant, timeout};

/// How long an answer is believed: so often, at most, asking for readiness costs a write.
const FRESH: Duration = Duration::from_secs(1);

/// How long a write may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was last known of writes.
#[derive(Default)]
pub(crate) struct Writable {
    last: Mutex<Option<Last>>,
    /// One asks the store, the others wait for what it learns.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy)]
struct Last {
    at: Instant,
    trouble: Option<Trouble>,
}

/// Why nothing can be written, and what to do.
type Trouble = &'static str;

impl Writable {
    /// Notes how a commit went. Refusals tell nothing: for them a store only reads.
    pub(crate) fn note(&self, answer: &Result<Timestamp, CommitError>) {
        match answer {
            Ok(_) => self.set(None),
            Err(CommitError::Store(_)) => *self.lock() = None,
            Err(CommitError::Refused(_)) => {}
        }
    }

    /// Writes something, unless it is known already how that goes.
    pub(crate) async fn check(&self, store: &dyn Store) -> Result<(), Trouble> {
        let _asking = match self.known() {
            Some(known) => return known,
            None => self.asking.lock().await,
        };
        // Somebody else may have asked meanwhile.
        if let Some(known) = self.known() {
            return known;
        }
        let trouble = match timeout(PATIENCE, store.commit(probe().into())).await {
            // Taken: another process has written it this very moment.
            Ok(Ok(_) | Err(CommitError::Refused(_))) => None,
            Ok(Err(CommitError::Store(error))) => {
                tracing::warn!(%error, "The store takes no writes");
                Some(trouble(&error))
            }
            Err(_) => Some("the store does not answer; look at its disk or its host"),
        };
        self.set(trouble);
        trouble.map_or(Ok(()), Err)
    }

    fn known(&self) -> Option<Result<(), Trouble>> {
        let last = self.lock().filter(|last| last.at.elapsed() < FRESH)?;
        Some(last.trouble.map_or(Ok(()), Err))
    }

    fn set(&self, trouble: Option<Trouble>) {
        *self.lock() = Some(Last { at: Instant::now(), trouble });
    }

    fn lock(&self) -> MutexGuard<'_, Option<Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One row, the same always, that may be taken again at once.
fn probe() -> ApiCommit {
    ApiCommit::new(Tenant::default()).once(Once {
        scope: "health readiness".to_owned(),
        key: "probe".to_owned(),
        fingerprint: String::new(),
        keep: Duration::from_millis(1),
        instead_of: None,
    })
}

/// For everybody who can ask, so without what the store says of paths and hosts: that is logged.
const fn trouble(error: &StoreError) -> Trouble {
    match error {
        StoreError::Full(_) => "the store is full; free some space on its disk",
        StoreError::ReadOnly(_) => "the store is read-only; let this process write to it",
        StoreError::Unavailable(_) => "the store can't be written to; the log says why",
        StoreError::OutcomeUnknown(_) => "the store does not say what it wrote; look at its disk",
        StoreError::Corrupt { .. } => "the store is damaged; the log says where",
    }
}
