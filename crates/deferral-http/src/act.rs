//! What callers do to an operation that they have: cancel, confirm, reject, delete.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use deferral_core::commit::{ApiCommit, Commit, OperationWrite};
use deferral_core::transition::{self, ActionRefused, Decided};
use deferral_core::{
    CommitError, JobQuery, Operation, OperationId, Refusal, StoreError, StoredJob,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::Answers;
use crate::api::Api;
use crate::document::Shown;
use crate::etag::Etag;
use crate::problem::{FieldError, Problem};

/// How often an operation may change under an action that looks at it.
const TRIES: usize = 16;

/// The longest comment.
const LONGEST_COMMENT: usize = 2000;

/// What a confirmation or rejection carries; an empty body says nothing of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActionBody {
    /// A word from who decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the operation demands of a confirmation.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schemars(with = "Map<String, Value>")]
    pub data: Value,
}

/// An operation after an action: 202 while something is to follow, 200 when it was so already.
#[derive(Debug)]
pub struct Acted {
    operation: Operation,
    response: Response,
}

impl Acted {
    /// The operation as it stands now.
    pub const fn operation(&self) -> &Operation {
        &self.operation
    }
}

impl IntoResponse for Acted {
    fn into_response(self) -> Response {
        self.response
    }
}

impl Api {
    /// Cancels the operation, or asks its handler to stop. `If-Match` of the request holds.
    pub async fn cancel(&self, id: OperationId) -> Result<Acted, Problem> {
        let mut operation = self.operation(id).await?;
        for _ in 0..TRIES {
            let job = self.job_of(&operation).await?;
            let decided = transition::cancel(&operation, job.as_ref(), self.now())?;
            let ended = operation.status.is_terminal();
            let already = if ended { StatusCode::OK } else { StatusCode::ACCEPTED };
            if let Some(acted) = self.act(&mut operation, decided, already).await? {
                return Ok(acted);
            }
        }
        Err(Problem::overloaded())
    }

    /// Confirms what the operation waits for; the body must have what it demands. `If-Match` of
    /// the request holds.
    pub async fn confirm(&self, id: OperationId, body: ActionBody) -> Result<Acted, Problem> {
        check_comment(&body)?;
        self.decide(id, |operation| {
            transition::confirm(operation, &body.data, body.comment.clone(), self.now())
        })
        .await
    }

    /// Rejects what the operation waits for: it is canceled, and what was done is undone.
    /// `If-Match` of the request holds.
    pub async fn reject(&self, id: OperationId, body: ActionBody) -> Result<Acted, Problem> {
        check_comment(&body)?;
        self.decide(id, |operation| transition::reject(operation, body.comment.clone(), self.now()))
            .await
    }

    async fn decide(
        &self,
        id: OperationId,
        decide: impl Fn(&Operation) -> Result<Decided, ActionRefused>,
    ) -> Result<Acted, Problem> {
        let mut operation = self.operation(id).await?;
        for _ in 0..TRIES {
            let decided = decide(&operation)?;
            if let Some(acted) = self.act(&mut operation, decided, StatusCode::OK).await? {
                return Ok(acted);
            }
        }
        Err(Problem::overloaded())
    }

    /// Forgets a finished operation. For the native route alone: an application has no business
    /// with it.
    pub(crate) async fn delete(&self, id: OperationId) -> Result<(), Problem> {
        let remember = self.shared().settings.tombstones;
        let mut operation = self.operation(id).await?;
        for _ in 0..TRIES {
            let commit = transition::delete(&operation, remember)?;
            self.check_version(&operation)?;
            if self.commit(&mut operation, commit).await? {
                return Ok(());
            }
        }
        Err(Problem::overloaded())
    }

    /// Writes what was decided, if the operation is the one that the caller has seen: a condition
    /// is for changes, and who repeats one knows only how it stood before. None when the operation
    /// changed meanwhile: it is then as it stands now, to be decided on again.
    async fn act(
        &self,
        operation: &mut Operation,
        decided: Decided,
        already: StatusCode,
    ) -> Result<Option<Acted>, Problem> {
        let Decided::Commit(commit) = decided else {
            return Ok(Some(self.acted(operation.clone(), already).await));
        };
        self.check_version(operation)?;
        let written = self.commit(operation, *commit).await?;
        if !written {
            return Ok(None);
        }
        Ok(Some(self.acted(operation.clone(), StatusCode::ACCEPTED).await))
    }

    /// Writes, and makes `operation` what was written; or, if it or its job changed meanwhile,
    /// reads it anew.
    async fn commit(&self, operation: &mut Operation, commit: ApiCommit) -> Result<bool, Problem> {
        let commit = Commit::from(commit);
        let after = match &commit.operation {
            Some(OperationWrite::Update { operation, .. }) => Some(operation.clone()),
            _ => None,
        };
        match self.shared().commit(commit).await {
            Ok(_) => {
                if let Some(after) = after {
                    *operation = *after;
                }
                Ok(true)
            }
            Err(CommitError::Refused(Refusal::OperationChanged { .. } | Refusal::LeaseLost)) => {
                *operation = self.operation(operation.id).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn acted(&self, operation: Operation, status: StatusCode) -> Acted {
        let (shared, base) = (self.shared(), self.base());
        // What was done is done: errors that can't be read now don't undo it.
        let errors = shared.shown_errors(&operation).await.unwrap_or_default();
        let answers = Answers { shared, base: &base };
        let response = answers.acted(status, &operation, Shown::Whole(&errors));
        Acted { operation, response }
    }

    fn check_version(&self, operation: &Operation) -> Result<(), Problem> {
        let etag = Etag(operation.version);
        if etag.is_allowed(&self.headers) { Ok(()) } else { Err(Problem::etag_mismatch(etag)) }
    }

    async fn job_of(&self, operation: &Operation) -> Result<Option<StoredJob>, StoreError> {
        let Some(id) = operation.job else { return Ok(None) };
        let query = JobQuery { id: Some(id), limit: 1, ..JobQuery::default() };
        let found = self.shared().store.jobs(&query).await?;
        Ok(found.page.items.into_iter().next())
    }
}

fn check_comment(body: &ActionBody) -> Result<(), Problem> {
    let too_long = |comment: &String| comment.chars().count() > LONGEST_COMMENT;
    if body.comment.as_ref().is_some_and(too_long) {
        let message = format!("must have at most {LONGEST_COMMENT} characters");
        return Err(Problem::validation(vec![FieldError::new("/comment", "TooLong", message)]));
    }
    Ok(())
}
