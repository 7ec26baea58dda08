//! Whether the battery would notice: builds that make a mistake on purpose, one at a time, each of
//! which must turn the attack red that is meant for it.
//!
//! One build can make all mistakes ([`Canary`]); the environment says which. It is built apart, so
//! that the build that is attacked otherwise has none.

mod build;
mod meant;
mod run;
mod trial;

pub(crate) use self::run::run;
