//! The store and the service as everybody opens them.

use std::path::Path;
use std::sync::Arc;

use deferral::Service;
use deferral::config::{Config, StoreSection};
use deferral::core::Store;

use super::nothing::{self, Count};
use crate::error::Error;

pub(super) async fn open(database: &Path) -> Result<Arc<dyn Store>, Error> {
    let url = format!("sqlite:{}", database.display());
    let section = StoreSection { url, ..StoreSection::default() };
    Ok(deferral::open_store(&section).await?)
}

/// A service with default settings, but for the slots if some are given.
pub(super) fn service(
    store: Arc<dyn Store>,
    count: Arc<Count>,
    slots: Option<usize>,
) -> Result<Service, Error> {
    let mut config = Config::default();
    config.extensions.entry(nothing::SECTION.to_owned()).or_default();
    config.worker.concurrency = slots.or(config.worker.concurrency);
    Ok(Service::new(store, config, [nothing::extension(count)])?)
}
