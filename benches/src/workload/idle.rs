//! What the service uses while nobody wants anything.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::bench::Bench;
use crate::error::Error;
use crate::figure::{Figure, Round};
use crate::server::{Kind, Server};

pub(super) const STEPS: u64 = 1;

/// What a start does is not idling.
const SETTLE: Duration = Duration::from_secs(2);

/// Watches a service with a new database.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let (mut memory, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..bench.size.rounds {
        bench.progress.at("idle");
        let fsync_micros = bench.fsync_micros()?;
        let folder = bench.disk.folder()?;
        let server = Server::start(Kind::Service, folder.path()).await?;
        sleep(SETTLE).await;
        let (before, begun) = (server.usage()?, Instant::now());
        sleep(bench.size.idle).await;
        let after = server.usage()?;
        let used = (after.cpu - before.cpu).as_secs_f64() / begun.elapsed().as_secs_f64();
        server.stop().await?;
        bench.progress.step();
        let round = |value| Round { value, fsync_micros, ..Round::default() };
        memory.push(round(after.rss));
        cpu.push(round(used * 100.0));
    }
    Ok(vec![
        Figure::over("memory of serve, idle", "MiB", &memory),
        Figure::over("CPU of serve, idle", "% of a core", &cpu),
    ])
}
