//! Which store a URL means: the only place that knows.

use std::path::PathBuf;
use std::sync::Arc;

use deferral_core::{Store, StoreError};
use deferral_sqlite::{Options, SqliteStore, Synchronous};

use crate::config::StoreSection;

/// A store that can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is none that we know.
    #[error("store.url: {0:?} is no store: use sqlite:PATH, such as sqlite:deferral.db")]
    Url(String),
    /// The durability is none that the store has.
    #[error("store.durability: {0:?} is none: use power-safe or crash-safe")]
    Durability(String),
    /// The store did not open.
    #[error("{url}: {source}")]
    Store {
        /// Which.
        url: String,
        /// Why.
        source: StoreError,
    },
}

/// Opens the store of a configuration, making it when it is not there.
pub async fn open_store(section: &StoreSection) -> Result<Arc<dyn Store>, OpenError> {
    let path = section.url.strip_prefix("sqlite:").filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| OpenError::Url(section.url.clone()))?;
    let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
    let synchronous = match section.durability.as_str() {
        "power-safe" => Synchronous::Full,
        "crash-safe" => Synchronous::Normal,
        other => return Err(OpenError::Durability(other.to_owned())),
    };
    let options = Options { synchronous, ..Options::default() };
    match SqliteStore::open(&path, options).await {
        Ok(store) => Ok(Arc::new(store)),
        Err(source) => Err(OpenError::Store { url: section.url.clone(), source }),
    }
}
