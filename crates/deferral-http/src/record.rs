//! The commit that accepts, and what it means when a key in it is taken.

use std::sync::Arc;

use deferral_core::canary::{self, Canary};
use deferral_core::commit::ApiCommit;
use deferral_core::{
    CommitError, NewJob, Once, OnceRecord, Operation, OperationId, Refusal, Status, StoreError,
};

use crate::api::Api;
use crate::keys::Keys;
use crate::problem::Problem;
use crate::replay::accepted_before;

/// How often a guard may change hands while one request looks at it.
const TRIES: usize = 8;

/// The application's own guard against the same content.
pub(crate) struct Guard {
    pub(crate) once: Once,
    pub(crate) on_taken: Option<OnTaken>,
}

pub(crate) type OnTaken = Box<dyn FnOnce(&OnceRecord, Option<&Operation>) -> Problem + Send>;

/// What is to be written.
pub(crate) struct Draft<'a> {
    pub(crate) api: &'a Api,
    pub(crate) operation: Box<Operation>,
    pub(crate) job: NewJob,
    pub(crate) keys: Keys,
    pub(crate) guard: Option<Guard>,
    /// Whether a retry is content with an operation that is being answered.
    pub(crate) joins: bool,
    /// Whether this very request is noted as answering the operation's id.
    pub(crate) answers: bool,
}

/// What a draft came to.
pub(crate) enum Recorded {
    /// It is written.
    First(Box<Operation>),
    /// The same request was written before.
    Before(Box<Operation>),
}

enum Taken {
    By(Box<Operation>),
    ByNothing(OperationId),
}

impl Draft<'_> {
    /// Writes it, unless it was written before.
    pub(crate) async fn record(mut self) -> Result<Recorded, Problem> {
        let shared = self.api.shared();
        if canary::is(Canary::AnswerBeforeCommit) {
            let (store, commit) = (Arc::clone(&shared.store), self.commit());
            tokio::spawn(async move { store.commit(commit.into()).await });
            return Ok(Recorded::First(self.operation));
        }
        for _ in 0..TRIES {
            let refusal = match shared.commit(self.commit().into()).await {
                Ok(_) => {
                    self.api.release_body();
                    return Ok(Recorded::First(self.operation));
                }
                Err(CommitError::Refused(refusal)) => refusal,
                Err(CommitError::Store(error)) => return Err(self.not_recorded(error)),
            };
            match self.refused(refusal)? {
                Taken::By(operation) => {
                    self.api.release_body();
                    return Ok(Recorded::Before(operation));
                }
                Taken::ByNothing(id) => self.take_instead_of(id),
            }
        }
        Err(Problem::overloaded())
    }

    fn commit(&self) -> ApiCommit {
        let (operation, job) = (Operation::clone(&self.operation), self.job.clone());
        let guard = self.guard.as_ref().map(|guard| &guard.once);
        let keys = self.keys.once().iter().chain(guard);
        let commit = ApiCommit::new(operation.tenant.clone());
        let commit = keys.fold(commit, |commit, once| commit.once(once.clone()));
        let now = operation.created_at;
        commit.accept(operation, job, now)
    }

    fn take_instead_of(&mut self, id: OperationId) {
        if let Some(guard) = &mut self.guard {
            guard.once.instead_of = Some(id);
        }
    }

    fn refused(&mut self, refusal: Refusal) -> Result<Taken, Problem> {
        match refusal {
            Refusal::Taken { record, operation } => match self.keys.recognize(&record) {
                Some(Ok(())) => {
                    let mine = self.answers.then_some(self.operation.id);
                    accepted_before(self.api, operation, self.joins, mine).map(Taken::By)
                }
                Some(Err(problem)) => Err(problem),
                None => self.guarded(&record, operation.as_deref()),
            },
            Refusal::OperationExists => Err(Problem::operation_id_reused()),
            refusal => Err(Problem::internal(refusal)),
        }
    }

    /// The same content under another key.
    fn guarded(
        &mut self,
        record: &OnceRecord,
        operation: Option<&Operation>,
    ) -> Result<Taken, Problem> {
        let came_to_nothing =
            |operation: &&Operation| matches!(operation.status, Status::Failed | Status::Canceled);
        if let Some(operation) = operation.filter(came_to_nothing) {
            return Ok(Taken::ByNothing(operation.id));
        }
        let on_taken = self.guard.as_mut().and_then(|guard| guard.on_taken.take());
        let problem = match on_taken {
            Some(problem) => problem(record, operation),
            None => Problem::conflict("AlreadyAccepted", "The same was accepted before."),
        };
        Err(match record.operation {
            Some(id) => problem.of_operation(&self.api.base(), id),
            None => problem,
        })
    }

    /// Where nobody knows, the caller is told where to look.
    fn not_recorded(&self, error: StoreError) -> Problem {
        let unknown = matches!(error, StoreError::OutcomeUnknown(_));
        let problem = Problem::from(error);
        if !unknown {
            return problem;
        }
        problem.of_operation(&self.api.base(), self.operation.id)
    }
}
