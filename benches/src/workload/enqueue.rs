//! How many jobs are enqueued a second, beside bare SQLite that inserts the same rows, as many in
//! a transaction.

use crate::bench::Bench;
use crate::error::Error;
use crate::figure::{Figure, Round};

use super::beside;

/// How many jobs share a commit.
const COMMITS: [u64; 4] = [1, 10, 100, 1000];
const TASKS: u64 = 64;

pub(super) const STEPS: u64 = 2 * (COMMITS.len() as u64 + 1);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let mut by_commit = COMMITS.map(|commit| (commit, Vec::new()));
    let mut by_tasks = Vec::new();
    for _ in 0..bench.size.rounds {
        for (commit, rounds) in &mut by_commit {
            bench.progress.at(&format!("enqueue, {commit} a commit"));
            rounds.push(round(bench, *commit, 1, *commit).await?);
        }
        bench.progress.at(&format!("enqueue, {TASKS} tasks"));
        by_tasks.push(round(bench, 1, TASKS, TASKS).await?);
    }
    let mut figures: Vec<Figure> = by_commit
        .iter()
        .map(|(commit, rounds)| {
            let workload = match commit {
                1 => "enqueue one by one".to_owned(),
                _ => format!("enqueue in bulk, {commit} in a commit"),
            };
            Figure::over(workload, "jobs/s", rounds).power_safe().point("enqueue", *commit)
        })
        .collect();
    let workload = format!("enqueue one by one from {TASKS} tasks");
    figures.push(Figure::over(workload, "jobs/s", &by_tasks).power_safe());
    Ok(figures)
}

/// The raw limit has as many rows in a transaction as can be waiting at once.
async fn round(bench: &Bench, commit: u64, tasks: u64, batch: u64) -> Result<Round, Error> {
    let fsync_micros = bench.fsync_micros()?;
    let jobs = (bench.size.single * commit * tasks).min(bench.size.jobs).to_string();
    let [commit, tasks, batch] = [commit, tasks, batch].map(|it| it.to_string());
    let words = ["enqueue", "--jobs", &jobs, "--commit", &commit, "--tasks", &tasks];
    let ours = bench.fresh(&words).await?;
    let raw = bench.fresh(&["raw-enqueue", "--jobs", &jobs, "--batch", &batch]).await?;
    Ok(beside(&ours, Some(&raw), fsync_micros))
}
