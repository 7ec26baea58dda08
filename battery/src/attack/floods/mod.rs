//! More than it can take: far more callers than it has room for, connections that say nothing or
//! little, readers that do not read.

mod callers;
mod flood;
mod gauge;
mod idlers;
mod sinks;

pub(crate) use flood::FLOODS;
