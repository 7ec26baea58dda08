//! The subcommands: what each takes, asks the store, and says.

mod error;
pub(crate) mod info;
pub(crate) mod keys;
pub(crate) mod operations;

pub(crate) use error::CommandError;
