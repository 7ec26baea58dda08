//! A request that comes again: what its keys were taken by.

use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::{CommitError, OnceRecord, Operation, OperationId, Refusal};

use crate::api::Api;
use crate::keys::Keys;
use crate::mode::{Mode, Plan};
use crate::prefer::Prefer;
use crate::problem::Problem;
use crate::started::Started;

type Found = (OnceRecord, Option<Box<Operation>>);

impl Api {
    /// The answer to this very request if it was accepted before, under its keys; none if they
    /// are free, or it has none. Who waits for the result is told as by [`Mode::AsyncDefault`].
    ///
    /// Ask before refusing what was acceptable once: a check that depends on the time (a date
    /// that must not be past) fails for a late retry too, and its caller would take the refusal
    /// for "nothing was recorded". Only after the body was read: it is part of the request.
    pub async fn replayed(&self) -> Result<Option<Started>, Problem> {
        let keys = Keys::read(self, false, Duration::ZERO)?;
        // Looking takes none of them.
        let Some((record, operation)) = self.look(&keys).await? else { return Ok(None) };
        let unasked = || Err(Problem::internal("the store told of a key that was not asked for"));
        keys.recognize(&record).unwrap_or_else(unasked)?;
        let plan = Plan::new(Mode::default(), Prefer::of(&self.headers), &self.shared().settings);
        let operation = accepted_before(self, operation, plan.joins(), None)?;
        self.release_body();
        Ok(Some(Started::replay(self, operation, &plan).await))
    }

    async fn look(&self, keys: &Keys) -> Result<Option<Found>, Problem> {
        if keys.once().is_empty() {
            return Ok(None);
        }
        let look = ApiCommit::look(self.tenant().clone());
        let look = keys.once().iter().fold(look, |look, once| look.once(once.clone()));
        match self.shared().commit(look.into()).await {
            Err(CommitError::Refused(Refusal::Taken { record, operation })) => {
                Ok(Some((record, operation)))
            }
            Err(CommitError::Refused(Refusal::OperationChanged { .. })) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(_) => Err(Problem::internal("a commit that can't be written was written")),
        }
    }
}

/// The operation of the same request, unless it is gone or is being answered by another one than
/// this request, which is noted as answering `mine`.
pub(crate) fn accepted_before(
    api: &Api,
    operation: Option<Box<Operation>>,
    joins: bool,
    mine: Option<OperationId>,
) -> Result<Box<Operation>, Problem> {
    let (shared, now) = (api.shared(), api.now());
    let live = operation.filter(|operation| !operation.is_expired(now));
    let operation = live.ok_or_else(Problem::operation_expired)?;
    let id = operation.id;
    if mine != Some(id) && !joins && shared.answering.contains(id) {
        return Err(Problem::in_flight(&api.base(), id));
    }
    Ok(operation)
}
