//! How long a job waits from before it is enqueued until its handler begins, beside a bare commit
//! of one row at the same pace.

use std::time::Duration;

use crate::bench::Bench;
use crate::child::Sample;
use crate::error::Error;
use crate::figure::{Figure, Round, part};

pub(super) const STEPS: u64 = 3;

const PER_SECOND: &str = "50";
/// How long the worker may go on after all were sent.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is told of the waits.
const PARTS: [(&str, f64); 3] = [("median", 0.5), ("p99", 0.99), ("longest", 1.0)];

/// One round: the processor time of all that took part is a job's.
struct Waits {
    ours: Sample,
    cpu_micros: f64,
    raw: Sample,
    fsync_micros: f64,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..bench.size.rounds {
        bench.progress.at("pick-up");
        let fsync_micros = bench.fsync_micros()?;
        let jobs = bench.size.pick_ups.to_string();
        let paced = ["--jobs", &jobs, "--per-second", PER_SECOND];
        let raw = bench.fresh(&[&["raw-pick-up"], &paced[..]].concat()).await?;
        let ours = bench.fresh(&[&["pick-up"], &paced[..]].concat()).await?;
        let cpu_micros = ours.cpu_micros();
        one.push(Waits { ours, cpu_micros, raw: raw.clone(), fsync_micros });
        let (ours, cpu_micros) = across_two(bench, &jobs).await?;
        two.push(Waits { ours, cpu_micros, raw, fsync_micros });
    }
    let mut figures = figures("in one process", &one);
    figures.extend(self::figures("across two processes", &two));
    Ok(figures)
}

/// One process enqueues, the other one runs.
async fn across_two(bench: &Bench, jobs: &str) -> Result<(Sample, f64), Error> {
    let folder = bench.disk.folder()?;
    let mut worker = bench.process(&["pick-up", "--jobs", jobs], folder.path())?;
    worker.ready().await?;
    let words = ["send", "--jobs", jobs, "--per-second", PER_SECOND];
    let sender = bench.sample(&words, folder.path()).await?;
    let ours = worker.sample(PATIENCE).await?;
    let cpu_micros = ours.cpu_micros() + sender.cpu_micros();
    Ok((ours, cpu_micros))
}

fn figures(place: &str, rounds: &[Waits]) -> Vec<Figure> {
    PARTS
        .iter()
        .map(|(name, wanted)| {
            let of = |sample: &Sample| part(sample.waits.iter().copied(), *wanted);
            let rounds: Vec<Round> = rounds
                .iter()
                .map(|round| Round {
                    value: of(&round.ours).unwrap_or_default(),
                    cpu_micros: Some(round.cpu_micros),
                    raw: of(&round.raw).map(|limit| (limit, Some(round.raw.cpu_micros()))),
                    fsync_micros: round.fsync_micros,
                })
                .collect();
            Figure::over(format!("pick-up {place}, {name}"), "ms", &rounds).power_safe()
        })
        .collect()
}
