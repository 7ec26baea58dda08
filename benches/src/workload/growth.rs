//! Whether the file stops growing when finished jobs are removed.

use crate::bench::Bench;
use crate::error::Error;
use crate::figure::{Figure, Round};

/// The file is looked at so often.
const PARTS: u64 = 20;
const SLOTS: &str = "512";

/// Once, whatever the rounds: it is long, and a file has a size.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    bench.progress.at("growth");
    let fsync_micros = bench.fsync_micros()?;
    let jobs = bench.size.growth;
    let (all, part) = (jobs.to_string(), jobs.div_ceil(PARTS).to_string());
    let words = ["growth", "--jobs", &all, "--part", &part, "--slots", SLOTS];
    let sample = bench.fresh(&words).await?;
    let cpu_micros = Some(sample.cpu_micros());
    let round = |value| [Round { value, cpu_micros, fsync_micros, ..Round::default() }];
    let sizes = sample.files.iter().zip(1..);
    let mut figures: Vec<Figure> = sizes
        .map(|(size, number)| {
            let done = jobs * number / PARTS;
            let workload = format!("file after {done} jobs finished and removed");
            Figure::over(workload, "MiB", &round(*size)).power_safe().point("growth", done)
        })
        .collect();
    let half = sample.files.get(sample.files.len() / 2);
    if let (Some(half), Some(end)) = (half, sample.files.last()) {
        let grown = (end / half - 1.0) * 100.0;
        figures.push(Figure::over("growth of the file in the second half", "%", &round(grown)));
    }
    Ok(figures)
}
