//! A worker that loses its job while it still trusts its lease: every sort of write that it makes
//! must be refused.
//!
//! A fence falls before others may take a job over, so that such a write is rare. Here it is
//! certain: who takes over has a clock that is an hour ahead, and the worker finds out only when it
//! writes.

mod heir;
mod loss;
mod will;

pub(crate) use self::loss::HEIRS;
pub(crate) use self::will::extension;
