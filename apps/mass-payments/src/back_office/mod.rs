//! The bank's back office as this service knows it: the source of truth about money, and a far
//! end whose answers get lost.
//!
//! Every call ends in an answer that was checked, or in the class of what is known about the deed
//! then (`CallError`): nothing was sent, it was refused, come back later, or nobody knows. What
//! follows from a class is decided in the jobs.

mod answers;
mod class;
mod client;
mod connection;
mod id;
mod line_refusal;
mod refusal;
#[cfg(test)]
mod tests;

pub(crate) use answers::{Counts, Line, LineStatus, LinesPage, Standing, Status};
pub(crate) use client::{BackOffice, Created, LinesQuery};
pub(crate) use connection::Unusable;
pub(crate) use id::BackOfficeId;
pub(crate) use refusal::{
    canceled_there, excerpt, is_canceled_there, is_refused_here, refused_here,
};
