//! What every attack stands on: real processes, a back office with a ledger of its own, callers
//! that remember what they were told, somebody who does harm, and somebody who checks.
//!
//! 1. [`World::new`](stage::World::new) starts a back office; [`Fleet::start`](fleet::Fleet::start) an API and workers (or start single
//!    ones: `World::start_api`, `World::start_worker`).
//! 2. [`drive`](driver::drive) sends orders through the API and follows each to its end: a [`History`](history::History).
//! 3. Meanwhile [`rage`](nemesis::rage) (or the attack itself) does harm to the fleet.
//! 4. [`World::check`](stage::World::check) compares history, store and ledger, and fills the report.

#![expect(dead_code, reason = "what the next attacks will use")]

pub(crate) mod answer;
pub(crate) mod back_office;
pub(crate) mod batch;
pub(crate) mod checker;
pub(crate) mod client;
pub(crate) mod driver;
pub(crate) mod events;
pub(crate) mod fleet;
pub(crate) mod gate;
pub(crate) mod history;
pub(crate) mod lean;
pub(crate) mod ledger;
pub(crate) mod nemesis;
pub(crate) mod patience;
pub(crate) mod process;
pub(crate) mod stage;
pub(crate) mod stream;
pub(crate) mod wire;
