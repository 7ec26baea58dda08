//! Which operations are being answered with their result at this moment, by this process.
//!
//! A retry of such a request is told so (409) instead of being answered in its place. Across
//! processes this is not known: there the retry is answered as any replay is.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use deferral_core::OperationId;

#[derive(Debug, Default)]
pub(crate) struct Answering(Mutex<HashSet<OperationId>>);

impl Answering {
    /// Notes the operation until what is returned is dropped, with the request. None when it is
    /// noted already: the caller chose the id, and sends it again.
    pub(crate) fn begin(&self, id: OperationId) -> Option<Answer<'_>> {
        self.lock().insert(id).then(|| Answer { all: self, id })
    }

    pub(crate) fn contains(&self, id: OperationId) -> bool {
        self.lock().contains(&id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<OperationId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One such answer.
pub(crate) struct Answer<'a> {
    all: &'a Answering,
    id: OperationId,
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
    }
}
