//! Decisions that race: one wins, and status and ledger agree.

use std::sync::Arc;

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use serde_json::{Value, json};

use crate::attack::{Attack, Running};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::answer::Answer;
use crate::world::batch::Batch;
use crate::world::fleet::Fleet;
use crate::world::history::{History, Order, Request, Wish};
use crate::world::stage::{World, brief};

pub(crate) const RACES: Attack = Attack {
    name: "races",
    proves: "I10, I16: of a confirmation and its rejection one wins; a cancellation never lies",
    alone: false,
    run: |plan| -> Running { Box::pin(race_all(plan)) },
};

/// So many races at a time: each is two callers and one who looks.
const AT_ONCE: usize = 16;
/// Every so many'th race against a rejection is about money; all against a cancellation are.
const MONEY: usize = 5;

/// How a race went.
struct Raced {
    request: Request,
    /// What is wrong with it.
    wrong: Option<String>,
    /// Whether the confirmation won.
    confirmed: bool,
}

async fn race_all(plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let world = World::new(&plan.folder, &[], &["worker.lease=5s"]).await?;
    let fleet = Fleet::start(&world, 1).await?;
    let races = plan.pick(40, 1_000);
    let rejections = run_races(&world, "reject", races).await?;
    let cancellations = run_races(&world, "cancel", races).await?;
    let mut history = History::default();
    for (verb, raced) in [("rejections", rejections), ("cancellations", cancellations)] {
        let confirmed = raced.iter().filter(|race| race.confirmed).count() as u64;
        let other = raced.len() as u64 - confirmed;
        // Else nothing was raced.
        report.must_happen(&format!("confirmations that won over {verb}"), confirmed, 1);
        report.must_happen(&format!("{verb} that won"), other, 1);
        for race in raced {
            if let Some(wrong) = race.wrong {
                report.counts.regressions += 1;
                report.finding(wrong);
            }
            history.requests.push(race.request);
        }
    }
    world.check(&history, &mut report).await?;
    report.counts.payments = history.payments();
    fleet.end().await?;
    Ok(report)
}

async fn run_races(
    world: &Arc<World>,
    verb: &'static str,
    races: usize,
) -> Result<Vec<Raced>, Error> {
    let one = |number| race(world, verb, number);
    iter(0..races).map(one).buffer_unordered(AT_ONCE).try_collect().await
}

fn order(verb: &str, number: usize) -> (String, Order) {
    let key = format!("race-{verb}-{number}");
    if verb == "cancel" || number.is_multiple_of(MONEY) {
        let batch = Batch::held(&key, 3, number % 2);
        return (key, Order::Payments(batch, Wish::Confirmed));
    }
    (key, Order::Rehearsal(json!({"confirm": true})))
}

/// Both at once; each is sent first in half of the races.
async fn race(world: &World, verb: &'static str, number: usize) -> Result<Raced, Error> {
    let mut requests = world.api.send_all([order(verb, number)]).await?;
    let request = requests.pop().ok_or_else(|| unexpected("nothing was sent"))?;
    let id = request.ids().first().map(|id| (*id).to_owned()).unwrap_or_default();
    let held = |shown: &Value| shown["status"] == "AwaitingConfirmation" || shown["done"] == true;
    world.api.until(&id, "it is held", held).await?;
    let act = async |verb| {
        let answer = Answer::to(world.api.acting(&id, verb)).await;
        answer.map_err(|source| Error::Http { what: format!("{verb} {id}"), source })
    };
    let (confirm, other) = if number.is_multiple_of(2) {
        tokio::join!(act("confirm"), act(verb))
    } else {
        let (other, confirm) = tokio::join!(act(verb), act("confirm"));
        (confirm, other)
    };
    let (confirm, other) = (confirm?.status, other?.status);
    let end = world.api.until_over(&id).await?;
    let confirmed = end["status"] == "Succeeded";
    let told = format!("{verb}: {confirm} and {other}, then {}", brief(&end));
    Ok(judge(request, verb, confirmed, (confirm, other), told, &end))
}

fn judge(
    mut request: Request,
    verb: &str,
    confirmed: bool,
    (confirm, other): (u16, u16),
    told: String,
    end: &Value,
) -> Raced {
    let good = |status: u16| matches!(status, 200 | 202);
    let right = match verb {
        "reject" => {
            let one = (good(confirm) && other == 409) || (confirm == 409 && good(other));
            one && confirmed == good(confirm)
        }
        // A cancellation may come after the confirmation, and a confirmation not after it.
        _ => {
            let told = matches!((confirm, other), (200 | 202, 200 | 202 | 409) | (409, 200 | 202));
            told && (!confirmed || good(confirm)) && (confirmed || good(other))
        }
    };
    let ended = confirmed || end["status"] == "Canceled";
    let wrong = (!right || !ended).then_some(told);
    // What its caller must get now: what the winner wished.
    request.order = match (request.order, confirmed) {
        (Order::Payments(batch, _), false) => Order::Payments(batch, Wish::Canceled),
        // Ends in `Canceled`, which no script says.
        (Order::Rehearsal(_), false) => Order::Other("/rehearsals".to_owned(), Value::Null),
        (order, _) => order,
    };
    Raced { request, wrong, confirmed }
}

fn unexpected(why: &str) -> Error {
    Error::Unexpected { what: "a race".to_owned(), why: why.to_owned() }
}
