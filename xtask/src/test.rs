//! `cargo xtask test`: everything that must hold before a change is sent, in order.

use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::{Result, battery, console, docs, end_to_end, setup, tidy};

struct Step {
    name: &'static str,
    /// What a person types to do this step alone.
    command: &'static str,
    run: Run,
}

enum Run {
    /// The command itself, as a process.
    Command,
    /// A command of ours, without starting it again.
    Own(fn() -> Result),
}

/// Quick answers come first. Everything is built with one set of features, for all of the
/// workspace: a step for one package would build what it depends on a second time. Those that put
/// mistakes in, or replace the locks of the worker, can't be had otherwise.
const STEPS: [Step; 13] = [
    Step { name: "setup", command: "cargo xtask setup --check", run: Run::Own(setup::check) },
    Step { name: "format", command: "cargo fmt --all --check", run: Run::Command },
    Step { name: "tidy", command: "cargo xtask tidy", run: Run::Own(tidy::run) },
    Step {
        name: "clippy",
        command: "cargo clippy --workspace --all-targets --locked -- -D warnings",
        run: Run::Command,
    },
    Step {
        name: "canary lint",
        command: "cargo clippy -p battery --all-targets --features canary --locked -- -D warnings",
        run: Run::Command,
    },
    Step {
        name: "shuttle lint",
        command: "cargo clippy -p deferral-worker --all-targets --features shuttle --locked -- -D warnings",
        run: Run::Command,
    },
    Step { name: "build", command: end_to_end::BUILD, run: Run::Command },
    Step { name: "doctests", command: "cargo test --workspace --doc --locked", run: Run::Command },
    Step { name: "tests", command: "cargo nextest run --workspace --locked", run: Run::Command },
    Step {
        name: "schedules",
        command: "cargo nextest run -p deferral-worker --features shuttle --locked interleavings",
        run: Run::Command,
    },
    Step { name: "battery", command: "cargo xtask battery", run: Run::Own(battery::run) },
    Step { name: "docs", command: "cargo xtask docs", run: Run::Own(docs::run) },
    Step { name: "end to end", command: "cargo xtask end-to-end", run: Run::Own(end_to_end::run) },
];

pub(crate) fn run() -> Result {
    run_steps(&STEPS)
}

/// Stops at the first failure, and says how to run that step alone.
fn run_steps(steps: &[Step]) -> Result {
    let mut rows = Vec::new();
    for step in steps {
        console::heading(&format!("{}: {}", step.name, step.command));
        let started = Instant::now();
        let result = step.run();
        rows.push(row(step.name, result.is_ok(), started.elapsed()));
        if let Err(error) = result {
            summarize(&rows);
            return Err(format!("{error}\n{} failed; run: {}", step.name, step.command).into());
        }
        console::line(rows.last().map_or("", String::as_str));
    }
    summarize(&rows);
    Ok(())
}

impl Step {
    fn run(&self) -> Result {
        match self.run {
            Run::Command => CommandLine::new(self.command).run(),
            Run::Own(own) => own(),
        }
    }
}

fn row(name: &str, good: bool, took: Duration) -> String {
    let result = if good { "good" } else { "FAILED" };
    format!("{name:<12} {result:<6} {:>8.1} s", took.as_secs_f64())
}

fn summarize(rows: &[String]) {
    console::heading("summary");
    rows.iter().for_each(|row| console::line(row));
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Step = Step { name: "good", command: "true", run: Run::Command };
    const BAD: Step = Step { name: "bad", command: "false", run: Run::Command };
    const NEVER: Step = Step { name: "never", command: "never", run: Run::Own(|| panic!("ran")) };

    #[test]
    fn good_steps_pass() {
        assert!(run_steps(&[GOOD, GOOD]).is_ok());
    }

    #[test]
    fn the_first_failure_stops_and_names_its_command() {
        let failure = run_steps(&[GOOD, BAD, NEVER]).unwrap_err().to_string();
        assert!(failure.ends_with("bad failed; run: false"), "{failure}");
    }

    #[test]
    fn a_row_tells_name_result_and_time() {
        let row = row("clippy", true, Duration::from_millis(12_340));
        assert_eq!(row, "clippy       good       12.3 s");
    }
}
