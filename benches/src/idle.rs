//! What the service uses while nobody wants anything.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::server::{Kind, Server};

/// What a start does is not idling.
const SETTLE: Duration = Duration::from_secs(2);
const WATCHED: Duration = Duration::from_secs(10);

pub(crate) struct Idle {
    /// In MiB.
    pub(crate) rss: f64,
    /// Of one core.
    pub(crate) cpu_percent: f64,
}

/// Watches a service with a new database for ten seconds.
pub(crate) async fn measure(folder: &Path) -> Result<Idle, Error> {
    let server = Server::start(Kind::Service, folder).await?;
    sleep(SETTLE).await;
    let (before, begun) = (server.usage()?, Instant::now());
    sleep(WATCHED).await;
    let after = server.usage()?;
    let used = (after.cpu - before.cpu).as_secs_f64() / begun.elapsed().as_secs_f64();
    server.stop().await?;
    Ok(Idle { rss: after.rss, cpu_percent: used * 100.0 })
}
