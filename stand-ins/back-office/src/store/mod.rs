//! The bank's memory: one `SQLite` file, one connection, one transaction a request.
//!
//! What was acknowledged is on disk. Time is read inside the transaction, so that the order of
//! moments is the order of commits.

mod error;
mod ledger;
mod lines;
mod read;
mod row;
mod transact;
mod write;

pub(crate) use error::Failure;
pub use error::StoreError;
pub(crate) use ledger::{Entry, Repeated};
pub(crate) use lines::{LinesQuery, Page, PageLine};
pub(crate) use read::{Counts, View};
pub(crate) use transact::Store;
pub(crate) use write::Arrival;
