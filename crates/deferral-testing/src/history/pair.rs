//! A store and the model, asked the same.

use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::Arc;

use deferral_core::commit::Commit;
use deferral_core::{CommitError, Refusal, Store, StoreError, Timestamp};

use crate::MemoryStore;

/// The store answered otherwise than the memory store.
#[derive(Debug)]
pub struct Disagreement {
    /// After so many steps.
    pub step: usize,
    /// What was asked.
    pub asked: String,
    /// The store's answer.
    pub store: String,
    /// The memory store's.
    pub model: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, asked, store, model } = self;
        write!(f, "step {step}, {asked}:\n  store {store}\n  model {model}")
    }
}

impl Error for Disagreement {}

/// The two who live through a history.
pub(super) struct Pair {
    pub(super) store: Arc<dyn Store>,
    pub(super) model: Arc<MemoryStore>,
}

/// Asks both and compares: `same!(pair.claim(claim))`.
macro_rules! same {
    ($pair:ident.$verb:ident($($argument:expr),*)) => {
        super::pair::compared(
            &stringify!($verb($($argument),*)),
            $pair.store.$verb($($argument),*).await,
            $pair.model.$verb($($argument),*).await,
        )
    };
}
pub(super) use same;

impl Pair {
    /// Commits to both.
    pub(super) async fn commit(
        &self,
        commit: impl Into<Commit>,
    ) -> Result<Result<Timestamp, Refusal>, Disagreement> {
        let commit = commit.into();
        let store = refusal(self.store.commit(commit.clone()).await);
        let model = refusal(self.model.commit(commit.clone()).await);
        compared(&commit, store, model)
    }
}

/// A refusal is an answer like any other.
fn refusal(
    written: Result<Timestamp, CommitError>,
) -> Result<Result<Timestamp, Refusal>, StoreError> {
    match written {
        Ok(at) => Ok(Ok(at)),
        Err(CommitError::Refused(refusal)) => Ok(Err(refusal)),
        Err(CommitError::Store(error)) => Err(error),
    }
}

/// The answer of both, if it is the same.
pub(super) fn compared<T: Debug + PartialEq>(
    asked: &dyn Debug,
    store: Result<T, StoreError>,
    model: Result<T, StoreError>,
) -> Result<T, Disagreement> {
    match (store, model) {
        (Ok(store), Ok(model)) if store == model => Ok(model),
        (store, model) => Err(Disagreement {
            step: 0,
            asked: format!("{asked:?}"),
            store: format!("{store:?}"),
            model: format!("{model:?}"),
        }),
    }
}
