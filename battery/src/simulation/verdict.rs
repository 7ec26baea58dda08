//! What must be true when nothing is left to happen.

use deferral::core::{Ending, FoundOperation, JobQuery, Operation, Status, Store as _};
use deferral::prelude::Tenant;

use super::bank::Line;
use super::work::{self, Paid};
use super::world::{Asked, Promise, World};

/// More jobs than any world has.
const ALL: usize = 1_000;

/// Holds what is in the store against what callers were told and what the bank booked.
pub(crate) async fn judge(world: &World) {
    for (key, promise) in world.promises() {
        match world.memory.operation(&Tenant::default(), promise.id).await {
            Ok(FoundOperation::Live(operation)) => kept(world, &key, &promise, &operation),
            found => {
                world.counts(|tally| tally.lost += 1);
                world.breaks(format!("{key}: was accepted, and is {found:?}"));
            }
        }
    }
    for (id, key) in world.refusals() {
        let found = world.memory.operation(&Tenant::default(), id).await;
        if !matches!(found, Ok(FoundOperation::Unknown)) {
            world.counts(|tally| tally.phantom += 1);
            world.breaks(format!("{key}: was refused for certain, and is {found:?}"));
        }
    }
    nothing_runs(world).await;
}

/// At rest nothing is running: a lease would keep it so for ever.
async fn nothing_runs(world: &World) {
    let query = JobQuery { limit: ALL, ..JobQuery::default() };
    let Ok(found) = world.memory.jobs(&query).await else {
        return world.breaks("the jobs can't be read".to_owned());
    };
    for job in found.page.items {
        let parked = job.state.as_str() == "parked";
        world.counts(|tally| tally.parked += u64::from(parked));
        if !parked && !job.state.is_finished() {
            world.counts(|tally| tally.lost += 1);
            world.breaks(format!("{} is {} for ever", job.kind, job.state.as_str()));
        }
    }
}

/// How often a line was booked, and undone.
fn booked(world: &World, line: &Line) -> (u32, u32) {
    let undone = world.bank.booked(&work::undone(&line.reference));
    (world.bank.booked(&line.reference).times, undone.times)
}

/// All lines that a wish may have booked, and the one that is only held for it.
fn lines(wish: &Asked) -> (Vec<Line>, Option<Line>) {
    match wish {
        Asked::Pay(pay) => (pay.lines.clone(), None),
        Asked::Check(check) => (check.pay.lines.clone(), Some(check.hold.clone())),
        Asked::Rest(_) | Asked::Pill(_) => (Vec::new(), None),
    }
}

fn kept(world: &World, key: &str, promise: &Promise, operation: &Operation) {
    let (lines, hold) = lines(&promise.wish);
    for line in lines.iter().chain(&hold) {
        let (there, back) = booked(world, line);
        if there > 1 || back > 1 {
            world.counts(|tally| tally.twice += 1);
            world.breaks(format!("{}: booked {there} times, undone {back} times", line.reference));
        }
        if back > there {
            world.counts(|tally| tally.money_delta += line.cents.unsigned_abs());
            world.breaks(format!("{}: undone, and never booked", line.reference));
        }
    }
    if operation.attention.is_some() {
        return;
    }
    if !operation.status.is_terminal() {
        world.counts(|tally| tally.lost += 1);
        return world.breaks(format!("{key}: is {} for ever", operation.status));
    }
    agrees(world, key, operation, &lines, hold.as_ref());
}

/// The ledger of the bank and how the operation ended must say the same.
fn agrees(world: &World, key: &str, operation: &Operation, lines: &[Line], hold: Option<&Line>) {
    let succeeded = operation.status == Status::Succeeded;
    let mut paid = 0;
    for line in lines.iter().chain(hold) {
        let (there, back) = booked(world, line);
        let net = i64::from(there) - i64::from(back);
        let expected = i64::from(succeeded && !line.refused);
        paid += usize::from(net == 1);
        // What is being undone by a job that waits for a person is not undone yet.
        let excused = !succeeded && net == 1 && undo_waits(operation, world);
        if net != expected && !excused {
            world.counts(|tally| tally.money_delta += line.cents.unsigned_abs());
            world.breaks(format!(
                "{key} is {}, and {} was booked {there} times, undone {back} times",
                operation.status, line.reference
            ));
        }
    }
    let Some(Ending::Succeeded { result }) = &operation.ending else { return };
    let told = serde_json::from_value::<Paid>(result.clone());
    if let Ok(told) = told
        && told.paid + usize::from(hold.is_some()) != paid
    {
        world.breaks(format!("{key} says that {} were paid, it were {paid}", told.paid));
    }
}

/// Whether an undo of this operation waits for a person.
fn undo_waits(operation: &Operation, world: &World) -> bool {
    world.observer.seen().parked_for(operation.id, "undo")
}
