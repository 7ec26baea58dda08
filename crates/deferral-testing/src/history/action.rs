//! Steps of callers and operators.

use deferral_core::commit::ApiCommit;
use deferral_core::transition::{
    ActionRefused, Decided, Happened, Resolution, cancel, confirm, delete, reject, resolve,
};
use deferral_core::{FoundJobs, JobId, JobQuery, Operation, Rejection, Store, StoredJob};
use serde_json::{Value, json};

use super::pair::{Disagreement, same};
use super::play::Play;
use super::step::{Action, Pick, Statement};
use super::world::{pick, seconds};

impl Play<'_> {
    pub(super) async fn act(
        &mut self,
        operation: Pick,
        stale: bool,
        action: Action,
    ) -> Result<(), Disagreement> {
        let Some((tenant, id)) = pick(&self.world.operations, operation).cloned() else {
            return Ok(());
        };
        let Some(mut operation) = self.current(&tenant, id).await else { return Ok(()) };
        if stale {
            // Whoever saw it a version ago decided on something else.
            operation.version = operation.version.saturating_sub(1);
        }
        let job = match operation.job {
            Some(job) => self.found(job).await?.page.items.pop(),
            None => None,
        };
        if let Some(commit) = self.decided(&operation, job.as_ref(), action) {
            self.commit(commit).await?;
        }
        Ok(())
    }

    fn decided(
        &self,
        operation: &Operation,
        job: Option<&StoredJob>,
        action: Action,
    ) -> Option<ApiCommit> {
        let written = |decided: Result<Decided, ActionRefused>| match decided {
            Ok(Decided::Commit(commit)) => Some(*commit),
            Ok(Decided::Already) | Err(_) => None,
        };
        let now = self.now();
        match action {
            Action::Cancel => written(cancel(operation, job, now)),
            Action::Confirm => written(confirm(operation, &Value::Null, None, now)),
            Action::Reject => written(reject(operation, Some("no".to_owned()), now)),
            Action::Delete(remember) => delete(operation, seconds(remember)).ok(),
        }
    }

    pub(super) async fn resolve(
        &mut self,
        job: Pick,
        statement: Statement,
    ) -> Result<(), Disagreement> {
        let parked = JobQuery { state: Some("parked"), limit: 20, ..JobQuery::default() };
        let pair = &self.pair;
        let parked = same!(pair.jobs(&parked))?.page.items;
        let Some(job) = pick(&parked, job) else { return Ok(()) };
        let effects = self.found(job.id).await?.effects;
        let operation = match job.operation {
            Some(id) => self.current(&job.tenant, id).await,
            None => None,
        };
        let carried = operation.filter(|operation| operation.job == Some(job.id));
        let happened = match statement {
            Statement::Yes => Happened::Yes(json!({"id": 1})),
            Statement::No => Happened::No,
            Statement::Refused => Happened::Refused(Rejection::new("No", "no")),
            Statement::Retry => Happened::Retry,
            Statement::GiveUp => Happened::GiveUp(Rejection::new("GivenUp", "It was given up.")),
        };
        let resolution =
            Resolution { effect: None, happened, by: "anna".to_owned(), why: "seen".to_owned() };
        let commit = resolve(job, carried.as_ref(), &effects, &resolution, self.now());
        if let Ok(commit) = commit {
            self.commit(commit).await?;
        }
        Ok(())
    }

    /// The job with its effects, as both see it.
    async fn found(&self, id: JobId) -> Result<FoundJobs, Disagreement> {
        let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
        let pair = &self.pair;
        same!(pair.jobs(&query))
    }
}
