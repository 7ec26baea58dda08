//! Compares what callers were told, what the store holds and what was paid.

use std::collections::BTreeSet;
use std::time::Duration;

use deferral::core::{Operation, OperationQuery, Status, Store, Tenant};
use tokio::time::Instant;

use super::batch::Batch;
use super::events::check_events;
use super::history::{Fate, History, Order, Request, Wish};
use super::ledger::Ledger;
use super::stage::stored;
use crate::error::Error;
use crate::report::Report;

/// With the harm over, everything ends or is parked within a lease, a sweep, the waits between
/// questions about an unknown outcome, and its own time to run.
const QUIET: Duration = Duration::from_secs(150);
/// What a step of the battery pays.
const STEP_CENTS: u64 = 1000;
/// How often to look.
const POLL: Duration = Duration::from_millis(50);

/// Waits until everything that was promised has come to its end, as far as it does.
pub(super) async fn settled(store: &dyn Store, history: &History) -> Result<(), Error> {
    let deadline = Instant::now() + QUIET;
    for (_, id) in history.accepted() {
        while Instant::now() < deadline {
            let open = stored(store, id).await?;
            if open.is_none_or(|it| it.status.is_terminal() || it.attention.is_some()) {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Ok(())
}

/// Fills the report with what was kept and what was broken.
pub(super) async fn check(
    store: &dyn Store,
    ledger: &Ledger,
    history: &History,
    report: &mut Report,
) -> Result<(), Error> {
    for request in &history.requests {
        check_promise(store, ledger, request, report).await?;
        for regression in &request.regressions {
            report.counts.regressions += 1;
            report.finding(format!("{}: a caller saw {regression}", request.key));
        }
    }
    let twice = ledger.twice();
    if twice > 0 {
        report.counts.twice += twice;
        report.finding(format!("{twice} lines were paid more than once"));
    }
    if ledger.repeated() > 0 {
        report.counts.twice += ledger.repeated();
        report.finding(format!("{} batches were taken in once more", ledger.repeated()));
    }
    check_strangers(ledger, history, report);
    Ok(())
}

async fn check_promise(
    store: &dyn Store,
    ledger: &Ledger,
    request: &Request,
    report: &mut Report,
) -> Result<(), Error> {
    let ids = request.ids();
    if ids.len() > 1 {
        report.counts.twice += ids.len() as u64 - 1;
        report.finding(format!("{}: one key made {ids:?}", request.key));
    }
    let operations = match &request.order {
        Order::Payments(batch, _) => count(store, &batch.reference).await?,
        Order::Rehearsal(_) | Order::Other(..) => ids.len() as u64,
    };
    if operations > 1 {
        report.counts.twice += operations - 1;
        report.finding(format!("{}: {operations} operations", request.key));
    }
    if let Some(id) = ids.first() {
        report.counts.acked += 1;
        let operation = stored(store, id).await?;
        return check_accepted(store, ledger, request, operation, report).await;
    }
    if request.is_open() {
        report.counts.indeterminate += 1;
    } else if operations > 0 {
        report.counts.phantom += operations;
        report.finding(format!("{}: refused, and there all the same", request.key));
    }
    if let (Order::Payments(batch, _), 0) = (&request.order, operations) {
        check_money(ledger, batch, 0, report);
    }
    Ok(())
}

/// How many operations have this reference.
async fn count(store: &dyn Store, reference: &str) -> Result<u64, Error> {
    let query = OperationQuery {
        correlation: Some(reference.to_owned()),
        limit: 10,
        ..OperationQuery::default()
    };
    Ok(store.operations(&query).await?.items.len() as u64)
}

async fn check_accepted(
    store: &dyn Store,
    ledger: &Ledger,
    request: &Request,
    operation: Option<Operation>,
    report: &mut Report,
) -> Result<(), Error> {
    let key = &request.key;
    let Some(operation) = operation else {
        report.counts.lost += 1;
        report.finding(format!("{key}: promised, and not there"));
        return Ok(());
    };
    let events = store.events(&Tenant::default(), operation.id, 0).await?;
    for wrong in check_events(&operation, &events) {
        report.counts.regressions += 1;
        report.finding(format!("{key} ({}): {wrong}", operation.id));
    }
    let parked = operation.attention.is_some();
    report.counts.parked += u64::from(parked);
    if !parked && !operation.status.is_terminal() {
        report.counts.lost += 1;
        report.finding(format!("{key} ({}): stays {}", operation.id, operation.status));
        return Ok(());
    }
    match &request.order {
        Order::Payments(batch, wish) => check_payments(ledger, batch, *wish, &operation, report),
        Order::Rehearsal(_) | Order::Other(..) if parked => {}
        Order::Rehearsal(script) => check_rehearsal(script, key, &operation, report),
        Order::Other(_, body) => {
            if let Some(reference) = body["reference"].as_str() {
                check_line(ledger, reference, report);
            }
        }
    }
    Ok(())
}

/// A step of the battery pays one line, however it ends.
fn check_line(ledger: &Ledger, reference: &str, report: &mut Report) {
    let paid = ledger.cents_of(reference);
    report.counts.lost += u64::from(paid == 0);
    if paid != STEP_CENTS {
        report.counts.money_delta += paid.abs_diff(STEP_CENTS);
        report.finding(format!("{reference}: {STEP_CENTS} cents are right, {paid} paid"));
    }
}

/// As its caller wished, or parked; each good line paid once, or none.
fn check_payments(
    ledger: &Ledger,
    batch: &Batch,
    wish: Wish,
    operation: &Operation,
    report: &mut Report,
) {
    let (total, paid) = (batch.total_cents(), ledger.cents_of(&batch.reference));
    let told = format!("{} ({}) {wish:?} {}", batch.reference, operation.id, operation.status);
    let expected = match (operation.status, wish) {
        (Status::Succeeded, Wish::Through | Wish::Confirmed) => total,
        (Status::Canceled, Wish::Rejected | Wish::Canceled | Wish::AllOrNothing) => 0,
        // Nobody knows yet, and so it says.
        (status, _) if !status.is_terminal() => return,
        (Status::Canceled | Status::Failed, _) => {
            report.counts.lost += 1;
            report.finding(format!("{told}: {:?}", operation.ending));
            0
        }
        _ => {
            report.counts.phantom += 1;
            report.finding(format!("{told}: done against its caller's wish"));
            total
        }
    };
    let missing = if expected == 0 { 0 } else { ledger.missing(batch) };
    if missing > 0 {
        report.counts.lost += missing;
        report.finding(format!("{told}: {missing} lines were not paid"));
    }
    if expected == 0 && paid > 0 {
        report.counts.phantom += ledger.count(&batch.reference);
        report.finding(format!("{told}: paid all the same"));
    }
    check_money(ledger, batch, expected, report);
}

fn check_money(ledger: &Ledger, batch: &Batch, expected: u64, report: &mut Report) {
    let paid = ledger.cents_of(&batch.reference);
    if paid != expected {
        report.counts.money_delta += paid.abs_diff(expected);
        report.finding(format!("{}: {expected} cents are right, {paid} paid", batch.reference));
    }
}

fn check_rehearsal(
    script: &serde_json::Value,
    key: &str,
    operation: &Operation,
    report: &mut Report,
) {
    let expected = if script["fail"] == true { Status::Failed } else { Status::Succeeded };
    if operation.status != expected {
        report.counts.lost += 1;
        report.finding(format!("{key} ({}): {:?}", operation.id, operation.ending));
    }
    let errors = script["failItems"].as_array().map_or(0, Vec::len) as u64;
    if operation.error_count != errors {
        report.counts.twice += operation.error_count.abs_diff(errors);
        let had = operation.error_count;
        report.finding(format!("{key} ({}): {had} item errors, not {errors}", operation.id));
    }
}

/// What was paid under references that nobody sent.
fn check_strangers(ledger: &Ledger, history: &History, report: &mut Report) {
    let reference = |request: &Request| match &request.order {
        Order::Payments(batch, _) => Some(batch.reference.clone()),
        Order::Other(_, body) => body["reference"].as_str().map(str::to_owned),
        Order::Rehearsal(_) => None,
    };
    let sent: BTreeSet<String> = history.requests.iter().filter_map(reference).collect();
    for stranger in ledger.references().filter(|it| !sent.contains(*it)) {
        report.counts.phantom += ledger.count(stranger);
        report.finding(format!("{stranger}: paid, and nobody asked"));
    }
}

impl History {
    /// How many lines of payments were sent to be paid, of those that were promised.
    pub(crate) fn payments(&self) -> u64 {
        let lines = |(request, _): (&Request, &str)| match &request.order {
            Order::Payments(batch, _) => (batch.good + batch.bad) as u64,
            Order::Rehearsal(_) | Order::Other(..) => 0,
        };
        self.accepted().map(lines).sum()
    }

    /// How many times a key was sent again after its first promise.
    pub(crate) fn replays(&self) -> u64 {
        let replayed = |fate: &&Fate| matches!(fate, Fate::Accepted { replayed: true, .. });
        self.requests.iter().map(|it| it.fates.iter().filter(replayed).count() as u64).sum()
    }
}
