//! Lets simulated worlds live, each from a seed of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::mpsc;

use crate::args::WorldArgs;
use crate::attack::Attack;
use crate::error::Error;
use crate::output;
use crate::plan::Plan;
use crate::report::Report;
use crate::simulation::{self, Told};

/// So many of the last lines of the first world that went wrong are told.
const LINES: usize = 60;

/// R01.
pub(crate) const WORLDS: Attack = Attack {
    name: "worlds",
    proves: "simulated worlds of deaths, freezes, lost answers and clock steps keep all promises",
    alone: false,
    run: |plan| Box::pin(run(plan)),
};

/// One world, or why there was none.
type Lived = (u64, Result<Told, std::io::Error>);

/// Worlds that went wrong once first, then as many new ones as the plan says.
async fn run(plan: Plan) -> Result<Report, Error> {
    let worlds = plan.pick(10_000, 1_000_000);
    let known = simulation::KNOWN.iter().copied();
    // Seeds of worlds are numbers that can be typed; those of one run follow each other.
    let first = u64::from(u32::try_from(plan.seed >> 32).unwrap_or(0)) << 21;
    let mut all = known.chain(first..first + worlds);
    let mut report = Report { simulated: true, ..Report::default() };
    let mut lived = live_all(std::iter::from_fn(move || all.next()));
    while let Some((seed, told)) = lived.recv().await {
        let told = told.map_err(Error::Runtime)?;
        report.counts += told.counts;
        if let Some(broken) = told.broken.first() {
            if report.findings.is_empty() {
                keep_trace(seed, &plan)?;
            }
            report.finding(format!("world {seed}: {broken} (`battery world {seed} --trace`)"));
        }
    }
    let counts = report.counts;
    report.must_happen("worlds", counts.worlds, worlds);
    report.must_happen("stale writes", counts.stale_refused, worlds / 100);
    report.must_happen("deaths", counts.kills, worlds / 10);
    report.must_happen("processes that stood still past their lease", counts.zombies, worlds / 10);
    report.must_happen("steps of the clock", counts.clock_steps, worlds / 10);
    report.must_happen("requests asked twice", counts.duplicate_posts, worlds / 10);
    Ok(report)
}

/// Lives it once more, writing down what happens.
fn keep_trace(seed: u64, plan: &Plan) -> Result<(), Error> {
    // On a thread of its own: a world is a runtime, and this is a task of another one.
    let told = thread::spawn(move || simulation::live(seed, true)).join();
    let died = |_| Err(std::io::Error::other("the world panicked"));
    let lines = told.unwrap_or_else(died).map_err(Error::Runtime)?.lines;
    let path = plan.folder.join(format!("world-{seed}.txt"));
    let written = std::fs::write(&path, lines.join("\n"));
    written.map_err(|source| Error::File { path: path.clone(), source })?;
    output::note(format_args!("world {seed} went wrong; all of it is in {}", path.display()));
    lines.iter().skip(lines.len().saturating_sub(LINES)).for_each(output::note);
    Ok(())
}

/// Shows one world.
pub(crate) fn show(args: &WorldArgs) -> Result<(), Error> {
    let told = simulation::live(args.seed, args.trace).map_err(Error::Runtime)?;
    told.lines.iter().for_each(output::line);
    output::line(format_args!("world {} {:016x} {:?}", args.seed, told.digest, told.counts));
    for broken in &told.broken {
        output::line(format_args!("    broken: {broken}"));
    }
    if told.broken.is_empty() { Ok(()) } else { Err(Error::Red(1, 1)) }
}

/// Lets them live, one after the other on each core; not in tasks, since each is a runtime.
fn live_all(seeds: impl Iterator<Item = u64> + Send + 'static) -> mpsc::Receiver<Lived> {
    let (tell, told) = mpsc::channel(1024);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let seeds = Arc::new(Mutex::new(seeds));
    for _ in 0..cores {
        let (tell, seeds) = (tell.clone(), Arc::clone(&seeds));
        thread::spawn(move || {
            let next = || seeds.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(seed) = next() {
                if tell.blocking_send((seed, simulation::live(seed, false))).is_err() {
                    return;
                }
            }
        });
    }
    told
}
