//! How a back office is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::office::Mode;
use crate::script::Script;

/// Everything that can be chosen. [`Config::new`] is honest and well-behaved.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database file, made when missing.
    pub database: PathBuf,
    /// Whether work is done within the request or after it.
    pub mode: Mode,
    /// Whether a repeated `mp_uuid` is answered with the first one's state.
    pub deduplicate: bool,
    /// When and how to misbehave.
    pub misbehaving: Misbehaving,
}

/// When and how to misbehave.
#[derive(Debug, Clone, PartialEq)]
pub struct Misbehaving {
    /// What happens first.
    pub script: Script,
    /// Share of writes to misbehave at after the script; reads have half of it.
    pub rate: f64,
    /// Fixes the dice.
    pub seed: u64,
    /// Whether asking by `mp_uuid` is answered with 501.
    pub no_lookup: bool,
    /// The longest time after which a late request is done.
    pub landing: Duration,
    /// How old a stale answer is.
    pub stale: Duration,
    /// How long a hanging request is held.
    pub hang: Duration,
}

impl Config {
    /// Synchronous, on a free port of this machine.
    #[must_use]
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database: database.into(),
            mode: Mode::Sync,
            deduplicate: false,
            misbehaving: Misbehaving::default(),
        }
    }
}

impl Default for Misbehaving {
    fn default() -> Self {
        Self {
            script: Script::default(),
            rate: 0.0,
            seed: 0,
            no_lookup: false,
            landing: Duration::from_secs(2),
            stale: Duration::from_millis(500),
            hang: Duration::from_secs(60),
        }
    }
}
