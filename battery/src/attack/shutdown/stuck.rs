//! A job that does not end by itself, over the stops of those who run it.

use std::time::Duration;

use deferral::core::{JobState, StoredJob};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::report::Report;
use crate::world::history::Order;
use crate::world::stage::{World, job_of};

/// Far less than the lease of whoever had it.
const AT_ONCE: Duration = Duration::from_secs(15);

/// Such a job, as it stood while it ran.
#[derive(Debug)]
pub(super) struct Stuck {
    pub(super) id: String,
    before: StoredJob,
}

impl Stuck {
    /// Starts one and waits until it runs.
    pub(super) async fn begin(world: &World, key: &str) -> Result<Self, Error> {
        let order = Order::Rehearsal(json!({"items": 1, "seconds": 900}));
        let id = world.api.send(key, &order).await?;
        world.api.until(&id, "it runs", |shown| shown["status"] == "Running").await?;
        let store = world.store().await?;
        let before = job_of(&store, &id).await?.ok_or_else(|| Error::Unexpected {
            what: format!("the job of {id}"),
            why: "it is not there".to_owned(),
        })?;
        Ok(Self { id, before })
    }

    /// Whether somebody else runs it soon. If it was given back it must not have cost an attempt;
    /// else its worker died as far as anybody knows.
    pub(super) async fn goes_on(
        &self,
        world: &World,
        given_back: bool,
        report: &mut Report,
    ) -> Result<bool, Error> {
        let store = world.store().await?;
        let deadline = Instant::now() + AT_ONCE;
        while Instant::now() < deadline {
            let job = job_of(&store, &self.id).await?;
            let next = job.filter(|job| {
                matches!(job.state, JobState::Running { .. }) && job.token != self.before.token
            });
            if let Some(job) = next {
                let burned = job.attempts != self.before.attempts
                    || job.crashes != self.before.crashes
                    || job.suspect;
                if burned && given_back {
                    let (before, now) = (self.before.attempts, job.attempts);
                    report.finding(format!(
                        "{}: {before} attempts before, {now} after, {} crashes, suspect: {}",
                        self.id, job.crashes, job.suspect
                    ));
                }
                return Ok(true);
            }
            sleep(Duration::from_millis(20)).await;
        }
        report.finding(format!("{}: nobody runs it within {AT_ONCE:?}", self.id));
        Ok(false)
    }

    /// Cancels it. Its worker hears of that with a heartbeat, for which nobody waits here.
    pub(super) async fn give_up(self, world: &World) -> Result<(), Error> {
        world.api.act(&self.id, "cancel").await.map(drop)
    }
}
