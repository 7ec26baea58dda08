//! Has each canary be caught, and tells by what.

use std::collections::BTreeSet;
use std::path::Path;

use comfy_table::{Table, presets};
use deferral::core::canary::Canary;
use futures_util::stream::{StreamExt as _, iter};
use serde_json::json;

use super::build;
use super::meant::meant;
use super::trial::{Caught, Trial};
use crate::args::CanaryArgs;
use crate::error::Error;
use crate::{commit, output};

/// Builds the canaries, and has each be caught; fails when one is not, or when an attack is red
/// without any.
pub(crate) async fn run(args: &CanaryArgs) -> Result<(), Error> {
    let canaries = chosen(args)?;
    let program = build::program(&commit::root()).await?;
    let seed = args.seed.unwrap_or_else(rand::random);
    output::note(format_args!("seed {seed}, commit {}", commit::name()));
    let healthy = controls(&program, &canaries, seed, args.at_once.get()).await?;
    let one = |canary: Canary| {
        let meant = meant(canary);
        let trial = Trial { program: &program, attack: meant.attack, seed };
        async move {
            let caught = trial.of(canary, meant.finding).await?;
            output::note(format_args!("{:<24} {caught}", canary.name()));
            Ok((canary, caught))
        }
    };
    let tried: Vec<Result<(Canary, Caught), Error>> =
        iter(canaries).map(one).buffered(args.at_once.get()).collect().await;
    let tried = tried.into_iter().collect::<Result<Vec<_>, Error>>()?;
    tell(args, &tried);
    let free = tried.iter().filter(|(_, caught)| !caught.is_caught()).count();
    match (free, healthy) {
        (0, true) => Ok(()),
        (0, false) => Err(Error::Sick),
        _ => Err(Error::Free(free, tried.len())),
    }
}

fn chosen(args: &CanaryArgs) -> Result<Vec<Canary>, Error> {
    let find = |name: &String| {
        let found = Canary::ALL.into_iter().find(|canary| canary.name() == name);
        let known = || Canary::ALL.map(Canary::name).join(", ");
        found.ok_or_else(|| Error::UnknownCanary { name: name.clone(), known: known() })
    };
    match args.only.is_empty() {
        true => Ok(Canary::ALL.to_vec()),
        false => args.only.iter().map(find).collect(),
    }
}

/// Runs each attack once on the same build without a mistake: what is red then, is red for another
/// reason. Whether all are green.
async fn controls(
    program: &Path,
    canaries: &[Canary],
    seed: u64,
    at_once: usize,
) -> Result<bool, Error> {
    let attacks: BTreeSet<&str> = canaries.iter().map(|canary| meant(*canary).attack).collect();
    let one = |attack| async move {
        let trial = Trial { program, attack, seed };
        let health = trial.without().await?;
        output::note(format_args!("{attack:<24} without a canary: {health}"));
        Ok(health.is_green())
    };
    let greens: Vec<Result<bool, Error>> = iter(attacks).map(one).buffered(at_once).collect().await;
    let greens = greens.into_iter().collect::<Result<Vec<bool>, Error>>()?;
    Ok(greens.into_iter().all(|green| green))
}

fn tell(args: &CanaryArgs, tried: &[(Canary, Caught)]) {
    if args.json {
        let told: Vec<_> = tried.iter().map(|(canary, caught)| told(*canary, caught)).collect();
        output::line(json!(told));
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["canary", "by", "because", "caught"]);
    for (canary, caught) in tried {
        let meant = meant(*canary);
        table.add_row([canary.name(), meant.attack, meant.because, &caught.to_string()]);
    }
    output::line(table);
}

fn told(canary: Canary, caught: &Caught) -> serde_json::Value {
    let by = caught.is_caught().then(|| meant(canary).attack);
    json!({
        "canary": canary.name(), "caught": caught.is_caught(), "by": by,
        "runs": caught.runs(), "why": caught.why(),
    })
}
