//! Who takes a job over: a worker of the battery itself, on the store that is attacked, whose clock
//! may be ahead so that every lease is over for it while the holders still trust theirs.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deferral::core::commit::ApiCommit;
use deferral::core::transition::{CrashBudget, after_crash};
use deferral::core::{
    Claim, Claimed, Clock, CommitError, Effect, ExpiredLease, Job, JobId, JobQuery, Kind, NewJob,
    NewWorker, Operation, OperationId, QueueName, Store, StoredJob, SystemClock, Tenant, Timestamp,
    WorkerId,
};
use deferral::sqlite::{Options, SqliteStore};

use super::will::Will;
use crate::error::Error;
use crate::world::patience::eventually;
use crate::world::stage::stored;

const LEASE: Duration = Duration::from_secs(3600);

/// A clock that is ahead of the others.
struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().after(self.0)
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }
}

/// A worker without a process of its own.
pub(crate) struct Heir {
    store: SqliteStore,
    worker: WorkerId,
}

/// A job, its effects and its operation, as they stand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) job: StoredJob,
    effects: Vec<Effect>,
    operation: Option<Operation>,
}

fn odd(what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::Unexpected { what: what.to_owned(), why: why.to_string() }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoredJob { state, token, .. } = &self.job;
        let version = self.operation.as_ref().map(|operation| operation.version);
        let effects = self.effects.len();
        write!(f, "{state:?}, token {token}, version {version:?}, {effects} effects")
    }
}

impl Heir {
    /// A registered worker whose clock is ahead by so much.
    pub(crate) async fn ahead_by(store: &Path, ahead: Duration) -> Result<Self, Error> {
        let options = Options { clock: Arc::new(Ahead(ahead)), ..Options::default() };
        let store = SqliteStore::open(store, options).await?;
        let worker = WorkerId::new(store.now(), rand::random());
        let kind = Kind::new(Will::KIND).map_err(|error| odd("a kind", &error))?;
        let card = NewWorker {
            id: worker,
            name: "heir".to_owned(),
            queues: vec![QueueName::default()],
            kinds: vec![(kind, Will::VERSION)],
            lease: LEASE,
        };
        store.register(card).await?;
        Ok(Self { store, worker })
    }

    /// Accepts an operation that this job carries out.
    pub(crate) async fn accept(&self, will: Will) -> Result<JobId, Error> {
        let (now, tenant) = (self.store.now(), Tenant::default());
        let id = JobId::new(now, rand::random());
        let job = NewJob::new(id, tenant.clone(), &will).map_err(|error| odd("a job", &error))?;
        let operation = OperationId::new(now, rand::random());
        let operation = Operation::accepted(operation, tenant.clone(), job.kind.clone(), now);
        let commit = ApiCommit::new(tenant).accept(operation, job, now);
        self.store.commit(commit.into()).await.map_err(|error| odd("accepting", &error))?;
        Ok(id)
    }

    /// Claims this job, which waits.
    pub(crate) async fn claim(&self, job: JobId, suspect: bool) -> Result<Claimed, Error> {
        let queues = vec![QueueName::default()];
        let claim = Claim { worker: self.worker, queues, limit: 1, suspect };
        let claimed = self.store.claim(claim).await?.claimed.pop();
        let claimed = claimed.filter(|claimed| claimed.job.id == job);
        claimed.ok_or_else(|| odd("claiming", &format!("job {job} was not to be had")))
    }

    /// Takes this job from a worker whose lease is over by this clock.
    pub(crate) async fn inherit(&self, job: JobId) -> Result<Claimed, Error> {
        let overdue = self.store.overdue(100).await?;
        let left = overdue.leases.into_iter().find(|expired| expired.job.id == job);
        let left: ExpiredLease =
            left.ok_or_else(|| odd("inheriting", &format!("nobody left job {job}")))?;
        let rescue = after_crash(&left, CrashBudget::default(), self.store.now());
        match self.store.commit(rescue.into()).await {
            Ok(_) => self.claim(job, true).await,
            Err(CommitError::Refused(refusal)) => Err(odd("inheriting", &refusal)),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Signs off: what it holds is abandoned.
    pub(crate) async fn leave(&self) -> Result<(), Error> {
        Ok(self.store.leave(self.worker).await?)
    }

    /// How the job stands.
    pub(crate) async fn view(&self, job: JobId) -> Result<View, Error> {
        let query = JobQuery { id: Some(job), limit: 1, ..JobQuery::default() };
        let mut found = self.store.jobs(&query).await?;
        let job = found.page.items.pop();
        let job = job.ok_or_else(|| odd("looking", &"the job is not there"))?;
        let operation = match job.operation {
            Some(id) => stored(&self.store, &id.to_string()).await?,
            None => None,
        };
        Ok(View { job, effects: found.effects, operation })
    }

    /// How the job stands once this is true of it.
    pub(crate) async fn until(
        &self,
        job: JobId,
        what: &str,
        is: impl Fn(&StoredJob) -> bool,
    ) -> Result<View, Error> {
        eventually(what, || async {
            let view = self.view(job).await?;
            Ok(is(&view.job).then_some(view))
        })
        .await
    }
}
