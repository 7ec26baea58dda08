//! How many operations are accepted a second: the service beside two bare servers, in turn.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::bench::Bench;
use crate::error::Error;
use crate::figure::{Figure, Round};
use crate::load::Load;
use crate::server::{Kind, Server};

pub(super) const STEPS: u64 = 3;

/// How many connections send at once.
const CONNECTIONS: u32 = 64;
/// Connections, caches and the allocator find their shape before anything is counted.
const WARM_UP: Duration = Duration::from_millis(700);

/// What one server did in one round.
struct Run {
    per_second: f64,
    cpu_micros: f64,
    peak: f64,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let (mut hello, mut bare, mut service, mut memory) = (vec![], vec![], vec![], vec![]);
    for _ in 0..bench.size.rounds {
        bench.progress.at("accept");
        let fsync_micros = bench.fsync_micros()?;
        let round = |run: &Run, raw| Round {
            value: run.per_second,
            cpu_micros: Some(run.cpu_micros),
            raw,
            fsync_micros,
        };
        hello.push(round(&run(Kind::Hello, bench).await?, None));
        let limit = run(Kind::GroupCommit, bench).await?;
        bare.push(round(&limit, None));
        let ours = run(Kind::Service, bench).await?;
        service.push(round(&ours, Some((limit.per_second, Some(limit.cpu_micros)))));
        memory.push(Round { value: ours.peak, fsync_micros, ..Round::default() });
    }
    Ok(vec![
        Figure::over("bare hello", "202/s", &hello),
        Figure::over("bare group commit", "202/s", &bare).power_safe(),
        Figure::over("accept over HTTP", "202/s", &service).power_safe(),
        Figure::over("memory under this load, at most", "MiB", &memory),
    ])
}

/// One server under load, alone, with a new database.
async fn run(kind: Kind, bench: &Bench) -> Result<Run, Error> {
    let folder = bench.disk.folder()?;
    let server = Server::start(kind, folder.path()).await?;
    let load = Load::start(server.address, CONNECTIONS).await?;
    sleep(WARM_UP).await;
    let (before, accepted, begun) = (server.usage()?, load.accepted(), Instant::now());
    sleep(bench.size.load).await;
    let (after, took) = (server.usage()?, begun.elapsed().as_secs_f64());
    let accepted = (load.accepted() - accepted).max(1) as f64;
    load.stop().await?;
    server.stop().await?;
    bench.progress.step();
    Ok(Run {
        per_second: accepted / took,
        cpu_micros: (after.cpu - before.cpu).as_secs_f64() * 1e6 / accepted,
        peak: after.peak,
    })
}
