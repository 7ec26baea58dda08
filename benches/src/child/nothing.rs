//! Jobs that do nothing, and an extension that runs and counts them.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use deferral::Extension;
use deferral::core::{Clock as _, Job, JobId, NewJob, SystemClock};
use deferral::prelude::{Context, HandlerError, JsonSchema, Tenant};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};

use crate::error::Error;

/// A job that does nothing; its input is small.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Nothing {
    pub(super) number: u64,
    /// Set when it is asked how long it waited: microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent_at: Option<i64>,
}

impl Job for Nothing {
    const KIND: &'static str = "bench.nothing";
    type Output = ();
}

impl Nothing {
    pub(super) fn new_job(&self) -> Result<NewJob, Error> {
        let id = JobId::new(SystemClock.now(), rand::random());
        NewJob::new(id, Tenant::default(), self).map_err(|error| Error::Rows(error.to_string()))
    }
}

/// How many are still to be run, and how long those waited that were asked.
pub(super) struct Count {
    left: AtomicU64,
    ran: AtomicU64,
    over: Notify,
    waits: mpsc::UnboundedSender<f64>,
}

impl Count {
    /// Counts down from `jobs`. The waits come in milliseconds.
    pub(super) fn down_from(jobs: u64) -> (Arc<Self>, mpsc::UnboundedReceiver<f64>) {
        let (waits, received) = mpsc::unbounded_channel();
        let (left, ran, over) = (AtomicU64::new(jobs), AtomicU64::new(0), Notify::new());
        (Arc::new(Self { left, ran, over, waits }), received)
    }

    /// Resolves when so many were run.
    pub(super) fn over(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let count = Arc::clone(self);
        async move { count.over.notified().await }
    }

    /// How many were run: those claimed before the end too.
    pub(super) fn ran(&self) -> u64 {
        self.ran.load(Ordering::Relaxed)
    }

    fn run(&self, job: &Nothing) {
        if let Some(sent_at) = job.sent_at {
            let waited = SystemClock.now().as_micros() - sent_at;
            let _nobody_asks = self.waits.send(waited as f64 / 1e3);
        }
        self.ran.fetch_add(1, Ordering::Relaxed);
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.over.notify_one();
        }
    }
}

/// `[bench]`: nothing to set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {}

pub(super) const SECTION: &str = "bench";

/// Runs jobs that do nothing, and counts them.
pub(super) fn extension(count: Arc<Count>) -> Extension {
    Extension::new(SECTION, move |_: Settings| Ok::<_, Infallible>(count)).job(run).build()
}

async fn run(job: Nothing, cx: Context<Arc<Count>>) -> Result<(), HandlerError> {
    cx.state().run(&job);
    Ok(())
}
