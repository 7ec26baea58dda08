//! A bank with a ledger: what it booked is what really happened.
//!
//! It is as honest as `settle` asks for: what it was asked to do has landed, or never will, at
//! most [`LANDING`] after the call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deferral::prelude::{CallError, Cause, JsonSchema, Rejection, Uuid};
use serde::{Deserialize, Serialize};

use super::process::Process;
use super::world::World;

/// The longest time between a call and its landing: longer than a caller waits, and than the first
/// questions take, so that whoever believes too early pays twice.
pub(crate) const LANDING: Duration = Duration::from_secs(3);
/// How long a caller waits for an answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);

/// What this far end can do; no two of them are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Manner {
    /// It recognizes a repeated key.
    pub(crate) deduplicates: bool,
    /// It can be asked by key.
    pub(crate) can_be_asked: bool,
}

/// Something to be booked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Line {
    /// The business reference: by it the ledger knows what was meant to happen once.
    pub(crate) reference: String,
    pub(crate) cents: i64,
    /// The bank won't.
    pub(crate) refused: bool,
}

/// What the bank answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Receipt {
    pub(crate) reference: String,
}

/// What was booked under one reference.
#[derive(Debug, Clone, Default)]
pub(crate) struct Booked {
    pub(crate) times: u32,
    pub(crate) cents: i64,
    keys: Vec<Uuid>,
}

/// The ledger.
#[derive(Default)]
pub(crate) struct Bank {
    booked: Mutex<BTreeMap<String, Booked>>,
}

/// One call.
pub(crate) struct Order {
    pub(crate) line: Line,
    pub(crate) key: Uuid,
    pub(crate) manner: Manner,
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    NotSent,
    Throttled,
    LostOnTheWay,
    AnswerLost,
    FailsWithoutLanding,
    FailsAndLands,
    Slow,
    CallerDies,
}

const WRONGS: [Wrong; 8] = [
    Wrong::NotSent,
    Wrong::Throttled,
    Wrong::LostOnTheWay,
    Wrong::AnswerLost,
    Wrong::FailsWithoutLanding,
    Wrong::FailsAndLands,
    Wrong::Slow,
    Wrong::CallerDies,
];

impl Bank {
    /// What was booked under a reference.
    pub(crate) fn booked(&self, reference: &str) -> Booked {
        let booked = self.booked.lock().unwrap_or_else(PoisonError::into_inner);
        booked.get(reference).cloned().unwrap_or_default()
    }

    /// An order lands.
    fn land(&self, order: &Order) {
        if order.line.refused {
            return;
        }
        let mut booked = self.booked.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = booked.entry(order.line.reference.clone()).or_default();
        if order.manner.deduplicates && entry.keys.contains(&order.key) {
            return;
        }
        entry.times += 1;
        entry.cents += order.line.cents;
        entry.keys.push(order.key);
    }

    fn find(&self, reference: &str, key: Uuid) -> Option<Receipt> {
        let booked = self.booked.lock().unwrap_or_else(PoisonError::into_inner);
        let found = booked.get(reference).is_some_and(|booked| booked.keys.contains(&key));
        found.then(|| Receipt { reference: reference.to_owned() })
    }
}

/// Sends an order to the bank. Once this is polled it is under way, whoever waits for it.
pub(crate) async fn send(
    world: Arc<World>,
    process: Arc<Process>,
    order: Order,
) -> Result<Receipt, CallError> {
    let wrong = world.bank_goes_wrong().then(|| WRONGS[world.pick(WRONGS.len())]);
    world.counts(|tally| tally.payments += 1);
    world.say(process.name, 0x100 + wrong.map_or(0, |wrong| wrong as u64), || {
        format!("sends {} {wrong:?}", order.line.reference)
    });
    let receipt = Receipt { reference: order.line.reference.clone() };
    let answer = match order.line.refused {
        true => Err(CallError::Rejected(Rejection::new("NoSuchAccount", "There is none."))),
        false => Ok(receipt),
    };
    let soon = world.dice.millis(0, 30);
    let late = world.dice.millis(0, 3_000).min(LANDING);
    match wrong {
        None => {
            lands(&world, order, soon).await;
            answer
        }
        Some(Wrong::NotSent) => Err(CallError::NotSent(Cause::from("no connection"))),
        Some(Wrong::Throttled) => Err(CallError::Throttled(world.dice.millis(50, 1500))),
        Some(Wrong::LostOnTheWay) => std::future::pending().await,
        Some(Wrong::AnswerLost) => {
            lands(&world, order, late).await;
            std::future::pending().await
        }
        Some(Wrong::FailsWithoutLanding) => {
            tokio::time::sleep(soon).await;
            Err(CallError::Unknown(Cause::from("500")))
        }
        Some(Wrong::FailsAndLands) => {
            let landing = lands(&world, order, late);
            tokio::time::sleep(soon).await;
            drop(landing);
            Err(CallError::Unknown(Cause::from("502")))
        }
        Some(Wrong::Slow) => {
            lands(&world, order, late).await;
            tokio::time::sleep(world.dice.millis(0, 600)).await;
            answer
        }
        Some(Wrong::CallerDies) => {
            let landing = lands(&world, order, late);
            tokio::time::sleep(world.dice.millis(0, 1000)).await;
            drop(landing);
            process.die();
            std::future::pending().await
        }
    }
}

/// Lands after `delay`, even when nobody waits for it any more.
fn lands(world: &Arc<World>, order: Order, delay: Duration) -> impl Future<Output = ()> {
    let world = Arc::clone(world);
    let landing = tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        world.bank.land(&order);
        world.say(99, 0x200, || format!("lands {}", order.line.reference));
    });
    async move {
        let _landed = landing.await;
    }
}

/// Asks whether an order was booked.
pub(crate) async fn ask(
    world: Arc<World>,
    process: Arc<Process>,
    reference: String,
    key: Uuid,
) -> Result<Option<Receipt>, CallError> {
    tokio::time::sleep(world.dice.millis(0, 20)).await;
    let found = world.bank.find(&reference, key);
    world.say(process.name, 0x300 + u64::from(found.is_some()), || {
        format!("asks for {reference}: {}", if found.is_some() { "there" } else { "not there" })
    });
    if !world.bank_goes_wrong() {
        return Ok(found);
    }
    match world.pick(4) {
        0 => std::future::pending().await,
        1 => Err(CallError::Unknown(Cause::from("503"))),
        2 => {
            process.die();
            std::future::pending().await
        }
        _ => {
            tokio::time::sleep(world.dice.millis(0, 1200)).await;
            Ok(found)
        }
    }
}
