//! Runs attacks, and tells what came of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{StreamExt as _, iter};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::args::RunArgs;
use crate::attack::{self, Attack};
use crate::error::Error;
use crate::ledger::{self, Entry};
use crate::plan::{Plan, Size};
use crate::report::Report;
use crate::{commit, output};

/// The store that is attacked, as the ledger calls it, and what it promises.
const STORE: (&str, &str) = ("sqlite", "power-safe");
/// The store of simulations.
const SIMULATED: (&str, &str) = ("memory", "volatile");
/// An attack that takes longer has hung.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(300), Duration::from_secs(3600));

/// Runs what was asked for; fails when one of them is red.
pub(crate) async fn run(args: &RunArgs) -> Result<(), Error> {
    let mut attacks = chosen(&args.attacks)?;
    if args.list {
        for attack in attacks {
            output::line(format_args!("{:<12} {}", attack.name, attack.proves));
        }
        return Ok(());
    }
    let commit = commit::name();
    if args.resume {
        let entries = ledger::entries()?;
        let had = |name: &str| {
            entries.iter().any(|it| it.green && it.commit == commit && it.attack == name)
        };
        attacks.retain(|attack| !had(attack.name));
    }
    // Whoever was first.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let seed = args.seed.unwrap_or_else(rand::random);
    output::note(format_args!("seed {seed}, commit {commit}"));
    let (alone, together): (Vec<Attack>, Vec<Attack>) =
        attacks.iter().copied().partition(|attack| attack.alone);
    let bar = Arc::new(bar(attacks.len()));
    let one = |attack: Attack| {
        let (commit, bar) = (commit.clone(), Arc::clone(&bar));
        async move {
            bar.set_message(attack.name);
            let green = carry_out(attack, args, seed, commit).await;
            bar.inc(1);
            green
        }
    };
    let mut greens: Vec<Result<bool, Error>> =
        iter(together).map(one).buffer_unordered(args.at_once.get()).collect().await;
    greens.extend(iter(alone).then(one).collect::<Vec<_>>().await);
    bar.finish_and_clear();
    let greens = greens.into_iter().collect::<Result<Vec<bool>, Error>>()?;
    let red = greens.iter().filter(|green| !**green).count();
    if red > 0 { Err(Error::Red(red, greens.len())) } else { Ok(()) }
}

fn bar(attacks: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
    let bar = ProgressBar::new(attacks.try_into().unwrap_or(u64::MAX));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn chosen(names: &[String]) -> Result<Vec<Attack>, Error> {
    if names.is_empty() {
        return Ok(attack::ALL.to_vec());
    }
    let find = |name: &String| {
        let known = || attack::ALL.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
        let found = attack::ALL.iter().find(|attack| attack.name == name).copied();
        found.ok_or_else(|| Error::UnknownAttack { name: name.clone(), known: known() })
    };
    names.iter().map(find).collect()
}

/// Carries one attack out in a folder of its own, which stays when it went wrong.
async fn carry_out(
    attack: Attack,
    args: &RunArgs,
    seed: u64,
    commit: String,
) -> Result<bool, Error> {
    let size = if args.small { Size::Small } else { Size::Full };
    let mut folder = folder(attack, args)?;
    let plan = Plan { size, seed, folder: folder.path().to_owned() };
    let patience = plan.pick(PATIENCE.0, PATIENCE.1);
    let begun = Instant::now();
    let running = tokio::time::timeout(patience, (attack.run)(plan)).await;
    let never = || Error::Never { what: format!("{} to end", attack.name), patience };
    let result = running.unwrap_or_else(|_| Err(never()));
    let took = begun.elapsed();
    let green = result.as_ref().is_ok_and(Report::is_green);
    if !green || args.keep.is_some() {
        folder.disable_cleanup(true);
    }
    tell(attack, args, seed, took, &result);
    if !green {
        let place = folder.path().display();
        output::note(format_args!("{}: stores and logs are in {place}", attack.name));
    }
    if let (Size::Full, Ok(report)) = (size, &result) {
        let (store, durability) = if report.simulated { SIMULATED } else { STORE };
        ledger::append(&Entry {
            attack: attack.name.to_owned(),
            seed,
            commit,
            store: store.to_owned(),
            durability: durability.to_owned(),
            green,
            seconds: took.as_secs(),
            counts: report.counts,
        })?;
    }
    Ok(green)
}

fn folder(attack: Attack, args: &RunArgs) -> Result<tempfile::TempDir, Error> {
    let within = args.keep.clone().unwrap_or_else(std::env::temp_dir);
    let made = std::fs::create_dir_all(&within).and_then(|()| {
        tempfile::Builder::new().prefix(&format!("battery-{}-", attack.name)).tempdir_in(&within)
    });
    made.map_err(|source| Error::File { path: within, source })
}

fn tell(attack: Attack, args: &RunArgs, seed: u64, took: Duration, result: &Result<Report, Error>) {
    let name = attack.name;
    if args.json {
        let (report, error) = match result {
            Ok(report) => (Some(report), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let green = result.as_ref().is_ok_and(Report::is_green);
        output::line(json!({
            "attack": name, "seed": seed, "green": green, "seconds": took.as_secs_f64(),
            "broken": report.is_some_and(Report::is_broken), "report": report, "error": error,
        }));
        return;
    }
    let seconds = took.as_secs_f64();
    match result {
        Ok(report) => {
            let word = if report.is_green() { "green" } else { "RED" };
            output::line(format_args!("{name:<12} {word:<5} {seconds:>6.1} s  {}", report.counts));
            for finding in &report.findings {
                output::line(format_args!("    broken: {finding}"));
            }
            for missing in &report.missing {
                output::line(format_args!("    did not happen: {missing}"));
            }
        }
        Err(error) => {
            output::line(format_args!("{name:<12} RED   {seconds:>6.1} s  {error}"));
        }
    }
}
