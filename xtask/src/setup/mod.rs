//! `cargo xtask setup`: what the tests need, installed with the system's own package manager.
//!
//! Which tools these are stands in `xtask/tools.toml`. A missing tool is never passed over: the
//! answer is the exact command which installs it.

mod install;
mod package_manager;
mod tool;

pub(crate) use install::{check, install, require};
