//! Each misbehavior of the back office, with and without a way to ask it, in both of its modes,
//! with a worker that dies at each boundary of a call.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use back_office::{Endpoint, Misbehavior};
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use tokio::time::Instant;

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::{Plan, Size};
use crate::report::Report;
use crate::world::batch::Batch;
use crate::world::gate::{Catch, Gate, Held, Hold};
use crate::world::history::{History, Order, Wish};
use crate::world::process::Process;
use crate::world::stage::World;

pub(crate) const MATRIX: Attack = Attack {
    name: "matrix",
    proves: "R15: whatever the back office answers, and wherever a worker dies: paid once or parked",
    alone: false,
    run: |plan| -> Running { Box::pin(all_cells(plan)) },
};

/// Where the worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// It does not.
    Never,
    /// What it was about to send never arrives.
    Before,
    /// What it has sent arrives after its death, while who took over hears that it is not there.
    Sent,
    /// The answer is on its way.
    Answered,
    /// The answer is recorded, and it looks how things stand.
    Recorded,
}

/// One back office.
#[derive(Debug, Clone, Copy)]
struct Cell {
    lookup: bool,
    sync: bool,
    death: Death,
}

/// How many deaths of a worker a cell has at most.
const DEATHS: u64 = 12;
/// No request comes for so long: nothing is under way any more.
const SILENCE: Duration = Duration::from_secs(8);
/// Who takes over asks within so long,
const QUESTION: Duration = Duration::from_secs(3);
/// and believes after so long that nothing is there.
const SETTLE: &str = "mass_payments.settle=5s";

const DEATHS_ALL: [Death; 5] =
    [Death::Never, Death::Before, Death::Sent, Death::Answered, Death::Recorded];

fn cells(size: Size) -> Vec<Cell> {
    let cell =
        |number: usize, death| Cell { lookup: number & 1 == 0, sync: number & 2 == 0, death };
    match size {
        // Each word of it once.
        Size::Small => DEATHS_ALL.iter().enumerate().map(|(at, it)| cell(at, *it)).collect(),
        Size::Full => {
            DEATHS_ALL.iter().flat_map(|it| (0..4).map(move |number| cell(number, *it))).collect()
        }
    }
}

async fn all_cells(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let at_once = plan.pick(5, 4);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let cells = iter(cells(plan.size)).enumerate().map(|(number, cell)| {
        let folder = plan.folder.join(format!("cell-{number}"));
        let plan = Plan { folder, ..plan.clone() };
        async move { play(&plan, cell).await }
    });
    let parts: Vec<_> = cells.buffer_unordered(at_once).try_collect().await?;
    for (part, misbehaved) in parts {
        report.counts += part.counts;
        part.findings.into_iter().for_each(|finding| report.finding(finding));
        report.missing.extend(part.missing);
        for (name, times) in misbehaved {
            *seen.entry(name).or_default() += times;
        }
    }
    for misbehavior in Misbehavior::ALL {
        // Whether a stale answer differs from the truth is a matter of moments.
        let least = u64::from(misbehavior != Misbehavior::Stale || plan.size == Size::Full);
        let times = seen.get(misbehavior.name()).copied().unwrap_or_default();
        report.must_happen(misbehavior.name(), times, least);
    }
    report.must_happen("kills", report.counts.kills, plan.pick(4, 100));
    report.must_happen("parked for a person", report.counts.parked, 1);
    report.must_happen("payments", report.counts.payments, plan.pick(200, 100_000));
    Ok(report)
}

/// Each misbehavior at each endpoint where it means anything, writes first.
fn script(cell: Cell) -> String {
    let endpoints =
        [Endpoint::Create, Endpoint::Confirm, Endpoint::Lookup, Endpoint::Show, Endpoint::Lines];
    let fits = |endpoint: &Endpoint| {
        let endpoint = *endpoint;
        Misbehavior::ALL
            .into_iter()
            .filter(move |it| *it != Misbehavior::NoLookup && it.fits(endpoint))
            .map(move |it| format!("{}:{}", endpoint.name(), it.name()))
    };
    let misbehaves = |endpoint: &&Endpoint| match endpoint {
        // That it comes late is enough, and that it is not there yet must be told.
        Endpoint::Create | Endpoint::Lookup if cell.death == Death::Sent => false,
        Endpoint::Lookup => cell.lookup,
        _ => true,
    };
    endpoints.iter().filter(misbehaves).flat_map(fits).collect::<Vec<_>>().join(",")
}

async fn play(plan: &Plan, cell: Cell) -> Result<(Report, BTreeMap<String, u64>), Error> {
    let mut report = Report::default();
    let script = script(cell);
    let mode = if cell.sync { "sync" } else { "async" };
    let mut arguments = vec!["--mode", mode, "--script", script.as_str(), "--hang", "2"];
    if !cell.lookup {
        arguments.push("--no-lookup");
    }
    let mut settings = vec!["jobs.crash_budget=1000"];
    if cell.death == Death::Sent {
        settings.push(SETTLE);
    }
    let world = World::new(&plan.folder, &arguments, &settings).await?;
    let gate = Gate::before(world.back_office.url()).await?;
    let api = world.start_api().await?;
    let (batches, lines) = plan.pick((12, 4), (25, 202));
    let order = |number: usize| {
        let key = format!("matrix-{number}");
        let batch = Batch::immediate(&key, lines - number % 3, number % 3);
        (key, Order::Payments(batch, Wish::Through))
    };
    let requests = world.api.send_all((0..batches).map(order)).await?;
    let worker = die(&world, &gate, cell.death, &mut report).await?;
    let history = History { requests };
    world.check(&history, &mut report).await?;
    report.counts.payments = history.payments();
    for finding in &mut report.findings {
        finding.insert_str(0, &format!("{cell:?}: "));
    }
    let told = world.back_office.misbehavior().await?;
    let told = told.as_object().into_iter().flatten();
    let misbehaved = told.filter_map(|(name, times)| Some((name.clone(), times.as_u64()?)));
    let misbehaved = misbehaved.collect();
    worker.end().await?;
    api.end().await?;
    Ok((report, misbehaved))
}

/// Kills the worker at each call, until it was often enough; then one that lives.
async fn die(
    world: &World,
    gate: &Gate,
    death: Death,
    report: &mut Report,
) -> Result<Process, Error> {
    let settings = gate.settings();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let (method, hold) = match death {
        Death::Never => return world.start_worker("worker", &[]),
        Death::Before => (Method::POST, Hold::Forever),
        Death::Sent => (Method::POST, Hold::Late),
        Death::Answered => (Method::POST, Hold::Answer),
        Death::Recorded => (Method::GET, Hold::Answer),
    };
    let set_trap = || gate.hold(method.clone(), "", hold);
    let mut catch = set_trap();
    let mut worker = world.start_worker("worker", &settings)?;
    let mut late = 0;
    while report.counts.kills < DEATHS {
        let Ok(Ok(held)) = tokio::time::timeout(SILENCE, catch.next()).await else { break };
        let next = world.start_worker("worker", &settings)?;
        let is_late = death == Death::Sent && held.mass_payment.is_some();
        let asked = is_late.then(|| gate.hold(Method::GET, "/mass-payments", Hold::Answer));
        let killed = std::mem::replace(&mut worker, next).kill().await?;
        report.counts.kills += u64::from(killed);
        let told = match asked {
            Some(asked) => ask(asked, &held).await,
            None => None,
        };
        late += u64::from(told.is_some());
        drop(held);
        // Whatever else was caught goes on, too.
        catch = set_trap();
    }
    gate.open();
    if death == Death::Sent {
        report.must_happen("requests that came after they were asked about", late, 1);
    }
    Ok(worker)
}

/// The answer to a question about what is held. Others may be asked first.
async fn ask(mut asked: Catch, held: &Held) -> Option<Held> {
    let deadline = Instant::now() + QUESTION;
    loop {
        let question = tokio::time::timeout_at(deadline, asked.next()).await.ok()?.ok()?;
        if question.mass_payment == held.mass_payment {
            return Some(question);
        }
    }
}
