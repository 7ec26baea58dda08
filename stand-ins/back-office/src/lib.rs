//! A stand-in for a bank's back office.
//!
//! It takes mass payments in over HTTP, refuses some of their lines, creates the payments when
//! told to, and keeps a ledger of what it really paid. It is honest in its deeds: everything
//! acknowledged is on disk, and `/ledger` and `/misbehavior` always tell the truth. It is not
//! honest in its answers: told to [misbehave](Misbehavior), it loses them, sends half of them,
//! or does the work after the caller has given up. And it does not deduplicate unless asked: a
//! repeated request is paid twice, so that whoever calls it must prove that they don't repeat.
//!
//! # Lines it refuses
//!
//! The first rule that applies refuses a line. All can be met with well-formed data; the words
//! and numbers stand in [`rules`].
//!
//! | code | refused are | for example |
//! | --- | --- | --- |
//! | `currency_not_supported` | currencies outside of [`rules::SUPPORTED_CURRENCIES`] | `MNT` |
//! | `over_limit` | amounts above [`rules::LIMIT`] in any currency | `1000000.01` |
//! | `unknown_bank` | BICs that begin with [`rules::UNKNOWN_BANK_PREFIX`] | `ZZBKDEFF` |
//! | `account_closed` | IBANs and account numbers that end in [`rules::CLOSED_ACCOUNT_ENDING`] | `DE72370400440532019999` |
//! | `beneficiary_blocked` | names on [`rules::WATCH_LIST`] | `Phantom Freight Ltd` |
//!
//! # Where to read on
//!
//! `routes` are the API as it would be without misbehavior, `office` decides what may happen
//! to a mass payment, `temper` decides when to misbehave and `conduct` carries it out.

mod answer;
mod args;
mod conduct;
mod config;
mod error;
mod extract;
mod misbehavior;
mod moment;
mod office;
pub mod output;
mod payment;
mod problem;
mod routes;
pub mod rules;
mod run;
mod script;
mod server;
mod store;
mod temper;
mod wrong_answer;

pub use args::{Args, HARSH_RATE};
pub use config::{Config, Misbehaving};
pub use error::Error;
pub use misbehavior::{Endpoint, Misbehavior};
pub use office::Mode;
pub use run::run;
pub use script::{GENTLE, Script, ScriptError};
pub use server::{BackOffice, Running, serve};
pub use store::StoreError;
