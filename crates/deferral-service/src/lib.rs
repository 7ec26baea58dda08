//! The whole of Deferral, ready to run: extensions, configuration, roles, command line.

pub mod config;
mod exit_code;
mod extension;

pub use exit_code::Exit;
pub use extension::{Extension, ExtensionBuilder, ExtensionError};
