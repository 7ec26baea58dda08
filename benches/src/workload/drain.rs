//! How many jobs that do nothing are claimed and finished a second, beside bare SQLite that
//! claims and finishes the same rows.

use std::path::Path;

use tempfile::TempDir;

use crate::bench::Bench;
use crate::child::Sample;
use crate::error::Error;
use crate::figure::{Figure, Round};

use super::beside;

/// How many run at once, for the plot.
const SLOTS: [u64; 5] = [1, 8, 32, 128, 512];
/// With so many in a transaction SQLite is as fast as it gets.
pub(super) const RAW_BATCH: u64 = 1000;
/// With few slots each job waits for the disk: so many a slot say enough.
const JOBS_A_SLOT: u64 = 2000;
/// So many are enqueued in one go.
const COMMIT: &str = "1000";

pub(super) const STEPS: u64 = 2 * (SLOTS.len() as u64 + 1);

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    bench.progress.at("drain");
    let full = bench.size.jobs;
    let filled = filled(bench, full).await?;
    let mut by_slots = SLOTS.map(|slots| (slots, Vec::new()));
    let mut by_default = Vec::new();
    for _ in 0..bench.size.rounds {
        bench.progress.at("drain, default settings");
        let fsync = bench.fsync_micros()?;
        let ours = drain(bench, filled.path(), full, None).await?;
        let raw = raw_drain(bench, filled.path(), full, RAW_BATCH).await?;
        by_default.push(beside(&ours, Some(&raw), fsync));
        for (slots, rounds) in &mut by_slots {
            bench.progress.at(&format!("drain, {slots} slots"));
            rounds.push(round(bench, filled.path(), *slots).await?);
        }
    }
    let workload = format!("drain {full} jobs, default settings");
    let mut figures = vec![Figure::over(workload, "jobs/s", &by_default).power_safe()];
    figures.extend(by_slots.iter().map(|(slots, rounds)| {
        let workload = format!("drain, {slots} at once");
        Figure::over(workload, "jobs/s", rounds).power_safe().point("drain", *slots)
    }));
    Ok(figures)
}

async fn round(bench: &Bench, filled: &Path, slots: u64) -> Result<Round, Error> {
    let jobs = bench.size.jobs.min(slots * JOBS_A_SLOT);
    let fsync = bench.fsync_micros()?;
    let ours = drain(bench, filled, jobs, Some(slots)).await?;
    let raw = raw_drain(bench, filled, jobs, slots).await?;
    Ok(beside(&ours, Some(&raw), fsync))
}

/// A database in which so many jobs wait.
pub(super) async fn filled(bench: &Bench, jobs: u64) -> Result<TempDir, Error> {
    let folder = bench.disk.folder()?;
    let words = ["enqueue", "--jobs", &jobs.to_string(), "--commit", COMMIT, "--tasks", "4"];
    bench.sample(&words, folder.path()).await?;
    Ok(folder)
}

pub(super) async fn drain(
    bench: &Bench,
    filled: &Path,
    jobs: u64,
    slots: Option<u64>,
) -> Result<Sample, Error> {
    let folder = bench.disk.copy(filled)?;
    let (jobs, slots) = (jobs.to_string(), slots.map(|it| it.to_string()));
    let mut words = vec!["drain", "--jobs", &jobs];
    words.extend(slots.iter().flat_map(|slots| ["--slots", slots.as_str()]));
    bench.sample(&words, folder.path()).await
}

pub(super) async fn raw_drain(
    bench: &Bench,
    filled: &Path,
    jobs: u64,
    batch: u64,
) -> Result<Sample, Error> {
    let folder = bench.disk.copy(filled)?;
    let (jobs, batch) = (jobs.to_string(), batch.to_string());
    bench.sample(&["raw-drain", "--jobs", &jobs, "--batch", &batch], folder.path()).await
}
