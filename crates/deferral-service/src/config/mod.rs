//! What an operator chooses: option before environment before file before default.

mod duration;
mod load;
mod sections;
mod source;

pub use duration::Span;
pub(crate) use load::Loader;
pub use load::{Config, ConfigError};
pub(crate) use sections::keys_of;
pub use sections::{Admin, Http, Jobs, Log, LogFormat, StoreSection, Worker, WorkerQueue};

#[cfg(test)]
mod tests;
