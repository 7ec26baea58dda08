//! Measures what is asked for, and writes all of it down.

use std::path::Path;

use clap::Args;

use crate::command_line::CommandLine;
use crate::workspace::{self, Metadata};
use crate::{Result, console};

use super::figure::Figure;
use super::machine::Machine;
use super::record::{Measured, Record};
use super::{page, plots};

#[derive(Args)]
pub(crate) struct Options {
    /// How many rounds; the figures are medians over them
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Measure only this, as `deferral bench --only` has it; may be given more than once
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How many jobs are finished and removed while the file is watched
    #[arg(long, value_name = "JOBS", default_value_t = 500_000)]
    growth_jobs: u64,
    /// Leave out what was measured at this commit already
    #[arg(long)]
    resume: bool,
    /// Measure nothing: write tables and plots anew from what was measured
    #[arg(long)]
    draw: bool,
}

/// In the order in which they are measured and shown, as `deferral bench --only` has them.
pub(super) const WORKLOADS: [&str; 7] =
    ["accept", "enqueue", "drain", "backlog", "pick-up", "idle", "growth"];

/// What the figures are about: documentation of the same commit changes none.
const CODE: &str = "apps benches crates server Cargo.lock Cargo.toml";

pub(crate) fn run(options: &Options) -> Result {
    let root = Path::new(workspace::root());
    let mut record = Record::read(root)?;
    if !options.draw {
        measure(options, &mut record, root)?;
    }
    plots::write(&record, root)?;
    page::write(&record, root)
}

fn measure(options: &Options, record: &mut Record, root: &Path) -> Result {
    let wanted = wanted(&options.only)?;
    CommandLine::new("cargo build --release --locked -p server").run()?;
    let target = Metadata::read()?.target_directory;
    let databases = format!("{target}/performance");
    std::fs::create_dir_all(&databases)?;
    let (machine, commit) = (Machine::look(&databases)?, commit()?);
    record.start(machine, wanted.len() == WORKLOADS.len() && !options.resume)?;
    for workload in wanted {
        if options.resume && record.has(workload, &commit) {
            console::line(&format!("{workload}: measured at {commit} already"));
            continue;
        }
        console::heading(workload);
        let command = CommandLine::new(&format!("{target}/release/deferral bench --json"))
            .arguments(["--only", workload, "--rounds", &options.rounds.to_string()])
            .arguments(["--growth-jobs", &options.growth_jobs.to_string()])
            .arguments(["--store", &format!("sqlite:{databases}/any.db")]);
        let figures: Vec<Figure> = serde_json::from_str(&command.read()?)?;
        record.take(workload, Measured { commit: commit.clone(), figures });
        record.write(root)?;
    }
    Ok(())
}

/// All of them, or those that are named, in our order.
fn wanted(only: &[String]) -> Result<Vec<&'static str>> {
    if let Some(unknown) = only.iter().find(|name| !WORKLOADS.contains(&name.as_str())) {
        return Err(format!("--only {unknown}: there are {}", WORKLOADS.join(", ")).into());
    }
    let named = |it: &&str| only.is_empty() || only.iter().any(|name| name == it);
    Ok(WORKLOADS.into_iter().filter(named).collect())
}

/// The commit that is measured; with a plus when its code was changed since.
fn commit() -> Result<String> {
    let commit = CommandLine::new("git rev-parse --short=10 HEAD").read()?;
    let changed = CommandLine::new(&format!("git status --porcelain -- {CODE}")).read()?;
    Ok(format!("{}{}", commit.trim(), if changed.is_empty() { "" } else { "+" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_workload_is_refused_with_those_that_are() {
        let failure = wanted(&["fast".to_owned()]).unwrap_err().to_string();
        assert!(failure.contains("accept, enqueue"), "{failure}");
    }

    #[test]
    fn workloads_keep_their_order() {
        let names = ["idle".to_owned(), "accept".to_owned()];
        assert_eq!(wanted(&names).unwrap(), ["accept", "idle"]);
        assert_eq!(wanted(&[]).unwrap(), WORKLOADS);
    }
}
