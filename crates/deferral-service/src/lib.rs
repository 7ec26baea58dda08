//! The whole of Deferral, ready to run: extensions, configuration, roles, command line.

mod args;
#[cfg(feature = "canary")]
mod canary;
mod commands;
pub mod config;
mod embedded;
mod exit_code;
mod extension;
mod open_store;
mod output;
mod run;
mod service;
mod stopping;
mod stuck;
mod subcommand;
mod telemetry;

#[cfg(feature = "canary")]
pub use canary::{CanaryError, choose_canary};
pub use embedded::Deferral;
pub use exit_code::Exit;
pub use extension::{Extension, ExtensionBuilder, ExtensionError};
pub use open_store::{OpenError, open_store};
pub use run::{main, main_with, run};
pub use service::{Service, ServiceError};
pub use subcommand::Subcommand;
