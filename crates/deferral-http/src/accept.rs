//! Accepting work: one commit with keys, operation, job and event, and then the promise.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use deferral_core::commit::ApiCommit;
use deferral_core::{
    Job, JobId, NewJob, NewJobError, Once, OnceRecord, Operation, OperationId, Timestamp,
};

use crate::api::Api;
use crate::keys::Keys;
use crate::mode::{Mode, Plan};
use crate::prefer::Prefer;
use crate::problem::Problem;
use crate::record::{Draft, Guard, Recorded};
use crate::started::Started;

/// How long an operation is taken to be open at most, beyond the deadline of its job: the week that
/// a confirmation is waited for, and one more.
const OPEN: Duration = Duration::from_secs(14 * 24 * 3600);

/// An operation about to be accepted: `.await` accepts it.
#[must_use = "nothing is accepted until it is awaited"]
pub struct Accept<'a> {
    api: &'a Api,
    job: Result<NewJob, NewJobError>,
    id: Option<OperationId>,
    correlation: Option<String>,
    cancelable: bool,
    retention: Duration,
    open: Duration,
    mode: Mode,
    key_required: bool,
    guard: Option<Guard>,
}

impl Api {
    /// Accepts an operation that this job carries out: a 202, a replay, or the result if the
    /// caller asked to wait for it.
    pub async fn start<J: Job>(&self, job: J) -> Result<Started, Problem> {
        self.accept(job).run().await
    }

    /// Accepts an operation that this job carries out, in the long form.
    #[expect(clippy::needless_pass_by_value, reason = "who accepts a job has given it away")]
    pub fn accept<J: Job>(&self, job: J) -> Accept<'_> {
        Accept {
            job: NewJob::new(self.new_job_id(), self.tenant().clone(), &job),
            api: self,
            id: None,
            correlation: None,
            cancelable: true,
            retention: self.shared().settings.retention,
            open: J::policy().deadline.unwrap_or_default().saturating_add(OPEN),
            mode: Mode::default(),
            key_required: false,
            guard: None,
        }
    }

    /// Enqueues a job of this caller that no operation follows.
    pub async fn enqueue<J: Job>(&self, job: J) -> Result<JobId, Problem> {
        if self.shared().is_draining() {
            return Err(Problem::draining());
        }
        let mut job = NewJob::new(self.new_job_id(), self.tenant().clone(), &job)?;
        job.trace = self.trace();
        let id = job.id;
        let commit = ApiCommit::new(self.tenant().clone()).enqueue(job);
        self.shared().commit(commit.into()).await?;
        Ok(id)
    }
}

impl Accept<'_> {
    /// Gives the operation this id, which [`Api::new_id`] made.
    pub const fn id(mut self, id: OperationId) -> Self {
        self.id = Some(id);
        self
    }

    /// The caller's own reference, to find the operation by.
    pub fn correlation(mut self, reference: impl Into<String>) -> Self {
        self.correlation = Some(reference.into());
        self
    }

    /// The application's word for where the operation stands before its job runs.
    pub fn stage(mut self, stage: &str) -> Self {
        self.job = self.job.map(|job| job.stage(stage));
        self
    }

    /// Whether `:cancel` is offered; it is unless told otherwise.
    pub const fn cancelable(mut self, cancelable: bool) -> Self {
        self.cancelable = cancelable;
        self
    }

    /// How long the operation is kept after its end.
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Until when the operation may be open, if that is later than the deadline of its job. Its
    /// keys are remembered for two weeks longer, and then until it is forgotten itself.
    pub fn open_until(mut self, end: Timestamp) -> Self {
        self.open = self.open.max(end.since(self.api.now()).saturating_add(OPEN));
        self
    }

    /// When the answer is the result.
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Refuses callers who send neither `Idempotency-Key` nor `Operation-Id`.
    pub const fn require_key(mut self) -> Self {
        self.key_required = true;
        self
    }

    /// Refuses the same content under another key for a while. An operation that failed or was
    /// canceled guards nothing.
    pub fn once(mut self, scope: &str, hash: impl Into<String>, keep: Duration) -> Self {
        let (scope, key) = (scope.to_owned(), hash.into());
        let once = Once { scope, key, fingerprint: String::new(), keep, instead_of: None };
        self.guard = Some(Guard { once, on_taken: None });
        self
    }

    /// What to answer when [`once`](Self::once), said before, is taken by the operation given,
    /// unless that is gone. 409 `AlreadyAccepted` if nothing is said.
    pub fn problem_on_taken(
        mut self,
        problem: impl FnOnce(&OnceRecord, Option<&Operation>) -> Problem + Send + 'static,
    ) -> Self {
        if let Some(guard) = &mut self.guard {
            guard.on_taken = Some(Box::new(problem));
        }
        self
    }
}

impl<'a> IntoFuture for Accept<'a> {
    type Output = Result<Started, Problem>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<'a> Accept<'a> {
    async fn run(self) -> Result<Started, Problem> {
        let (api, shared) = (self.api, self.api.shared());
        if shared.is_draining() {
            return Err(Problem::draining());
        }
        let plan = Plan::new(self.mode, Prefer::of(&api.headers), &shared.settings);
        let keep = shared.settings.keep_keys(self.open, self.retention);
        let keys = Keys::read(api, self.key_required, keep)?;
        let id = self.id.map_or_else(|| api.new_id(), Ok)?;
        let answer = plan.wait.and_then(|_| shared.answering.begin(id));
        let draft = self.draft(id, keys, plan.joins(), answer.is_some())?;
        match draft.record().await? {
            Recorded::First(operation) => Ok(Started::first(api, operation, &plan).await),
            Recorded::Before(operation) => {
                // What is answered is not the operation that was noted.
                drop(answer);
                Ok(Started::replay(api, operation, &plan).await)
            }
        }
    }

    /// What is to be written.
    fn draft(
        self,
        id: OperationId,
        keys: Keys,
        joins: bool,
        answers: bool,
    ) -> Result<Draft<'a>, Problem> {
        let Self { api, job, correlation, cancelable, retention, guard, .. } = self;
        let mut job = job?;
        job.trace = api.trace();
        let (tenant, kind) = (api.tenant().clone(), job.kind.clone());
        let mut operation = Operation::accepted(id, tenant, kind, api.now());
        operation.correlation = correlation;
        operation.cancelable = cancelable;
        operation.retention = retention;
        operation.stage.clone_from(&job.stage);
        Ok(Draft { api, operation: Box::new(operation), job, keys, guard, joins, answers })
    }
}
