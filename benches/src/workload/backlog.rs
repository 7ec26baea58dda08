//! Whether a drain slows down when many other jobs wait behind those that are drained.

use crate::bench::Bench;
use crate::error::Error;
use crate::figure::{Figure, Round};

use super::beside;
use super::drain::{RAW_BATCH, drain, filled, raw_drain};

pub(super) const STEPS: u64 = 2;

/// What the most is compared with.
const FEW: u64 = 10_000;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let jobs = bench.size.jobs;
    let mut databases = Vec::new();
    for backlog in bench.size.backlogs {
        bench.progress.at(&format!("fill with {backlog}"));
        databases.push((*backlog, filled(bench, backlog + jobs).await?));
    }
    let mut rounds: Vec<Vec<(Round, f64)>> = vec![Vec::new(); databases.len()];
    for _ in 0..bench.size.rounds {
        for ((backlog, database), rounds) in databases.iter().zip(&mut rounds) {
            bench.progress.at(&format!("drain, {backlog} waiting"));
            let fsync = bench.fsync_micros()?;
            let ours = drain(bench, database.path(), jobs, None).await?;
            let raw = raw_drain(bench, database.path(), jobs, RAW_BATCH).await?;
            rounds.push((beside(&ours, Some(&raw), fsync), ours.peak));
        }
    }
    let mut figures = Vec::new();
    for ((backlog, _), rounds) in databases.iter().zip(&rounds) {
        let rates: Vec<Round> = rounds.iter().map(|(rate, _)| *rate).collect();
        let workload = format!("drain while {backlog} wait");
        let figure = Figure::over(workload, "jobs/s", &rates).power_safe();
        figures.push(figure.point("backlog", *backlog));
    }
    figures.extend(compare(bench.size.backlogs, &rounds));
    Ok(figures)
}

/// The rate with the most waiting as a part of that with ten thousand, and the memory meanwhile.
fn compare(backlogs: &[u64], rounds: &[Vec<(Round, f64)>]) -> Vec<Figure> {
    let few = backlogs.iter().position(|it| *it == FEW).and_then(|at| rounds.get(at));
    let (Some(few), Some(many), Some(most)) = (few, rounds.last(), backlogs.last()) else {
        return Vec::new();
    };
    let pairs = few.iter().zip(many);
    let kept: Vec<Round> = pairs
        .map(|((few, _), (many, _))| Round {
            value: many.value / few.value * 100.0,
            fsync_micros: many.fsync_micros,
            ..Round::default()
        })
        .collect();
    let memory: Vec<Round> = many
        .iter()
        .map(|(rate, peak)| Round {
            value: *peak,
            fsync_micros: rate.fsync_micros,
            ..Round::default()
        })
        .collect();
    vec![
        Figure::over(format!("rate with {most} waiting, of that with {FEW}"), "%", &kept),
        Figure::over(format!("memory while {most} wait, at most"), "MiB", &memory),
    ]
}
