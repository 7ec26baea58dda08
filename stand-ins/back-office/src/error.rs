//! Why a back office can't be run.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::StoreError;

/// Why a back office can't be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The file can't be opened, made or read.
    #[error("cannot open {}: {source}; choose another with --database", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database said.
        source: StoreError,
    },
    /// The system refused something else.
    #[error(transparent)]
    Io(#[from] io::Error),
}
