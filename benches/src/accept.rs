//! How many operations are accepted a second: the service beside two bare servers, in turn.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::args::Accept;
use crate::error::Error;
use crate::figure::{Figure, median};
use crate::load::Load;
use crate::server::{Kind, Server};
use crate::{flush, idle};

/// Connections, caches and the allocator find their shape before anything is counted.
const WARM_UP: Duration = Duration::from_millis(700);

/// What one server did in one round.
struct Run {
    per_second: f64,
    cpu_micros: f64,
    rss: f64,
}

/// All servers in one round, and the disk meanwhile.
struct Round {
    hello: Run,
    bare: Run,
    service: Run,
    fsync_micros: f64,
}

/// Measures all of it.
pub(crate) async fn measure(options: &Accept) -> Result<Vec<Figure>, Error> {
    let idle = idle::measure(folder(options)?.path()).await?;
    let mut rounds = Vec::new();
    for _ in 0..options.rounds {
        rounds.push(Round {
            fsync_micros: flush::probe(folder(options)?.path()).map_err(Error::Folder)?,
            hello: run(Kind::Hello, options).await?,
            bare: run(Kind::GroupCommit, options).await?,
            service: run(Kind::Service, options).await?,
        });
    }
    let mut figures = rates(&rounds);
    let loaded = rounds.iter().map(|round| round.service.rss).fold(0.0, f64::max);
    figures.push(Figure::alone("memory under load", loaded, "MiB"));
    figures.push(Figure::alone("memory idle", idle.rss, "MiB"));
    figures.push(Figure::alone("CPU idle", idle.cpu_percent, "% of a core"));
    Ok(figures)
}

fn rates(rounds: &[Round]) -> Vec<Figure> {
    let fsync = median(rounds.iter().map(|round| round.fsync_micros));
    let rate = |workload, of: fn(&Round) -> &Run| {
        let per_second = median(rounds.iter().map(|round| of(round).per_second));
        let cpu = median(rounds.iter().map(|round| of(round).cpu_micros));
        let figure = Figure::alone(workload, per_second, "202/s");
        Figure { cpu_micros_per_request: Some(cpu), fsync_micros: Some(fsync), ..figure }
    };
    let hello = rate("bare hello", |round| &round.hello);
    let bare = rate("bare group commit", |round| &round.bare);
    let service = rate("POST /rehearsals", |round| &round.service);
    let ratio = median(rounds.iter().map(|round| round.service.per_second / round.bare.per_second));
    let limit = bare.value;
    vec![
        Figure { fsync_micros: None, ..hello },
        Figure { durability: Some("power-safe"), ..bare },
        Figure {
            durability: Some("power-safe"),
            raw_limit: Some(limit),
            ratio: Some(ratio),
            ..service
        },
    ]
}

/// One server under load, alone, with a new database.
async fn run(kind: Kind, options: &Accept) -> Result<Run, Error> {
    let folder = folder(options)?;
    let server = Server::start(kind, folder.path()).await?;
    let load = Load::start(server.address, options.connections).await?;
    sleep(WARM_UP).await;
    let (before, accepted, begun) = (server.usage()?, load.accepted(), Instant::now());
    sleep(Duration::from_secs_f64(options.seconds)).await;
    let (after, took) = (server.usage()?, begun.elapsed().as_secs_f64());
    let accepted = (load.accepted() - accepted).max(1) as f64;
    load.stop().await?;
    server.stop().await?;
    Ok(Run {
        per_second: accepted / took,
        cpu_micros: (after.cpu - before.cpu).as_secs_f64() * 1e6 / accepted,
        rss: after.rss,
    })
}

/// A folder on the disk that is measured.
fn folder(options: &Accept) -> Result<TempDir, Error> {
    let beside_this = || {
        let program = std::env::current_exe()?;
        Ok(program.parent().map(Path::to_owned).unwrap_or_default())
    };
    let directory = options.directory.clone().map_or_else(beside_this, Ok);
    directory.and_then(|it| TempDir::with_prefix_in("benches-", it)).map_err(Error::Folder)
}
