//! The ways in which a worker loses a job, tried one by one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use deferral::core::{JobId, JobState, Token};
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use tokio::time::Instant;

use super::heir::{Heir, View};
use super::will::{Then, Will};
use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::process::{Launch, Process, log_of};

pub(crate) const HEIRS: Attack = Attack {
    name: "heirs",
    proves: "R04: each sort of write by a worker that lost its job, and does not know, is refused",
    alone: false,
    run,
};

const HOUR: Duration = Duration::from_secs(3600);
/// How long a write that must come may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A heartbeat comes at a third of a lease, and a fence falls at two thirds.
const LEASES: Duration = Duration::from_secs(9);
const POLL: Duration = Duration::from_millis(10);

/// The ways in which a job is lost.
const LOSSES: [Loss; 8] = [
    Loss::Writes(Then::Complete),
    Loss::Writes(Then::Progress),
    Loss::Writes(Then::Effect),
    Loss::Writes(Then::Retry),
    Loss::Writes(Then::Snooze),
    Loss::IsTold,
    Loss::NotesThatItIsAlone,
    Loss::IsRescuedOnce,
];

#[derive(Debug, Clone, Copy)]
enum Loss {
    /// The attempt makes this write after it lost its job.
    Writes(Then),
    /// The next heartbeat tells it.
    IsTold,
    /// The attempt still waits for its neighbors when it loses its job.
    NotesThatItIsAlone,
    /// Who takes a job from the dead does not take it from the living too.
    IsRescuedOnce,
}

fn run(plan: Plan) -> Running {
    Box::pin(attack(plan))
}

async fn attack(plan: Plan) -> Result<Report, Error> {
    let rounds = plan.pick(1, 25);
    let all = (0..rounds).flat_map(|round| LOSSES.map(|loss| (round, loss)));
    let scenes = all.map(|(round, loss)| {
        let folder = plan.folder.join(format!("{loss:?}-{round}"));
        async move { Scene::open(&folder).await?.play(loss).await }
    });
    let reports: Vec<Report> = iter(scenes).buffer_unordered(4).try_collect().await?;
    let mut report = Report::default();
    for part in reports {
        report.counts += part.counts;
        part.findings.into_iter().for_each(|finding| report.finding(finding));
        report.missing.extend(part.missing);
    }
    Ok(report)
}

/// A store, and a worker process on it.
struct Scene {
    folder: PathBuf,
    store: PathBuf,
    /// A worker of the battery whose clock is right.
    here: Heir,
}

impl Scene {
    async fn open(folder: &Path) -> Result<Self, Error> {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|source| Error::File { path: folder.to_owned(), source })?;
        let store = folder.join("store.db");
        let here = Heir::ahead_by(&store, Duration::ZERO).await?;
        Ok(Self { folder: folder.to_owned(), store, here })
    }

    async fn play(self, loss: Loss) -> Result<Report, Error> {
        match loss {
            Loss::Writes(then) => self.writes(then).await,
            Loss::IsTold => self.is_told().await,
            Loss::NotesThatItIsAlone => self.notes_that_it_is_alone().await,
            Loss::IsRescuedOnce => self.is_rescued_once().await,
        }
    }

    fn worker(&self, lease: &str) -> Result<Process, Error> {
        let store = format!("sqlite:{}", self.store.display());
        let lease = format!("worker.lease={lease}");
        Launch::new("worker", ["service", "worker", "--store", &store])
            .set(&["heirs.enabled=true", &lease])
            .start(&self.folder)
    }

    /// How many lines of the worker's log tell this of this job.
    fn logged(&self, words: &str, job: JobId) -> u64 {
        let log = std::fs::read(log_of(&self.folder, "worker")).unwrap_or_default();
        let (log, job) = (String::from_utf8_lossy(&log), job.to_string());
        log.lines().filter(|line| line.contains(words) && line.contains(&job)).count() as u64
    }

    fn refused(&self, job: JobId) -> u64 {
        self.logged("A stale write was refused", job)
    }

    async fn heir(&self) -> Result<Heir, Error> {
        Heir::ahead_by(&self.store, HOUR).await
    }

    async fn runs(&self, job: JobId, token: u64) -> Result<View, Error> {
        let is = |job: &deferral::core::StoredJob| {
            job.token == Token(token) && matches!(job.state, JobState::Running { .. })
        };
        self.here.until(job, "the worker runs the job", is).await
    }

    async fn writes(&self, then: Then) -> Result<Report, Error> {
        let job = self.here.accept(Will { milliseconds: 2500, then }).await?;
        let _worker = self.worker("60s")?;
        self.runs(job, 1).await?;
        let heir = self.heir().await?;
        heir.inherit(job).await?;
        self.stands(&heir, job, &format!("{then:?}")).await
    }

    /// Waits for the late write, and looks whether it changed anything.
    async fn stands(&self, heir: &Heir, job: JobId, write: &str) -> Result<Report, Error> {
        let mut report = Report::default();
        let inherited = heir.view(job).await?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            // In this order: what was refused before the look can't be seen in it.
            let refused = self.refused(job);
            let view = heir.view(job).await?;
            if view != inherited {
                report.counts.stale_accepted = 1;
                report.finding(format!("{write}: ({inherited}) became ({view})"));
                break;
            }
            if refused > 0 {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        report.counts.stale_refused = self.refused(job);
        report.counts.clock_steps = 1;
        let happened = report.counts.stale_refused + report.counts.stale_accepted;
        report.must_happen(&format!("a late write ({write})"), happened, 1);
        Ok(report)
    }

    async fn is_told(&self) -> Result<Report, Error> {
        let mut report = Report::default();
        let will = Will { milliseconds: 60_000, then: Then::Complete };
        let job = self.here.accept(will).await?;
        let _worker = self.worker("3s")?;
        self.runs(job, 1).await?;
        self.heir().await?.inherit(job).await?;
        let deadline = Instant::now() + LEASES;
        while self.logged("Stopped, since the lease may be over", job) == 0 {
            if Instant::now() > deadline {
                report.counts.stale_accepted = 1;
                report.finding("a heartbeat was confirmed for a job that another has");
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        report.counts.clock_steps = 1;
        report.counts.stale_refused = self.refused(job);
        Ok(report)
    }

    async fn notes_that_it_is_alone(&self) -> Result<Report, Error> {
        let will = Will { milliseconds: 0, then: Then::Complete };
        let suspect = self.here.accept(will).await?;
        self.here.claim(suspect, false).await?;
        let neighbor = Will { milliseconds: 4500, then: Then::Complete };
        let neighbor = self.here.accept(neighbor).await?;
        let _worker = self.worker("60s")?;
        self.runs(neighbor, 1).await?;
        self.here.leave().await?;
        // The worker takes it over, and waits until nothing runs beside it.
        self.runs(suspect, 2).await?;
        let heir = self.heir().await?;
        heir.inherit(suspect).await?;
        self.stands(&heir, suspect, "running alone").await
    }

    async fn is_rescued_once(&self) -> Result<Report, Error> {
        let mut report = Report::default();
        let job = self.here.accept(Will { milliseconds: 3000, then: Then::Complete }).await?;
        self.here.claim(job, false).await?;
        let _worker = self.worker("60s")?;
        self.here.leave().await?;
        let is_over = |job: &deferral::core::StoredJob| job.state.is_finished();
        let view = self.here.until(job, "the job is finished", is_over).await?;
        if view.job.token != Token(2) {
            report.counts.stale_accepted = 1;
            let token = view.job.token;
            report.finding(format!("a job was taken from a live worker: token {token}, not 2"));
        }
        let rescued = self.logged("Took a job from a worker that is gone", job);
        report.must_happen("rescues", rescued, 1);
        Ok(report)
    }
}
