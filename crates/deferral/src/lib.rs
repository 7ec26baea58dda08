#![doc = include_str!("../../../README.md")]

pub mod prelude;

pub use deferral_core as core;
#[cfg(feature = "http")]
pub use deferral_http as http;
#[cfg(all(feature = "canary", feature = "service"))]
pub use deferral_service::{CanaryError, choose_canary};
#[cfg(feature = "service")]
pub use deferral_service::{
    Deferral, Exit, Extension, ExtensionBuilder, ExtensionError, OpenError, Service, ServiceError,
    Subcommand, config, main, main_with, open_store, run,
};
#[cfg(feature = "sqlite")]
pub use deferral_sqlite as sqlite;
#[cfg(feature = "testing")]
pub mod testing;

pub use deferral_worker as worker;
