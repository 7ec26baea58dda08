//! The one thread of this process that writes.
//!
//! It takes all that callers left in the [`Queue`], does it in one transaction, and answers when
//! that is durable: refusals and replays too, since they may rest on what a neighbor wrote in the
//! same transaction. While one batch is on its way to the disk the next one gathers.

mod batch;
mod checkpoint;
mod settle;
#[cfg(test)]
mod tests;
mod thread;

pub(crate) use checkpoint::Log;
pub(crate) use thread::Writer;
