//! From a [`Draft`](crate::Draft) to a [`MassPayment`], or to all that is wrong
//! with it. Every rule is a function of the value it judges; only the calendar
//! comes from outside.

mod account;
mod at;
mod batch;
mod date;
mod mass_payment;
mod payment;
mod text;

pub use date::MAX_DAYS_AHEAD;
pub use mass_payment::{MassPayment, validate};
