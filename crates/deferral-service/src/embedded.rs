//! Deferral inside of a program of your own.

use std::sync::Arc;

use deferral_core::Store;

use crate::config::{Config, StoreSection};
use crate::extension::Extension;
use crate::open_store::{OpenError, open_store};
use crate::service::{Service, ServiceError};

/// Extensions over a store, in a program that has its own `main`.
pub struct Deferral {
    store: Arc<dyn Store>,
    config: Config,
    extensions: Vec<Extension>,
}

impl Deferral {
    /// Opens the store of this URL, such as `sqlite:app.db`, making it when it is not there.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let section = StoreSection { url: url.to_owned(), ..StoreSection::default() };
        let store = open_store(&section).await?;
        let config = Config { store: section, ..Config::default() };
        Ok(Self { store, config, extensions: Vec::new() })
    }

    /// Adds an extension whose settings all have defaults.
    #[must_use]
    pub fn extension(self, extension: Extension) -> Self {
        self.extension_with(extension, toml::Table::new())
    }

    /// Adds an extension with the settings of its section.
    #[must_use]
    pub fn extension_with(mut self, extension: Extension, settings: toml::Table) -> Self {
        self.config.extensions.insert(extension.section(), settings);
        self.extensions.push(extension);
        self
    }

    /// Puts them together: [`Service::router`] goes into your axum application, beside it runs
    /// [`Service::work`].
    ///
    /// Without API keys only callers on loopback are served, so serve the application with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or with
    /// [`serve`](deferral_http::serve), which also has time limits.
    pub fn build(self) -> Result<Service, ServiceError> {
        Service::new(self.store, self.config, self.extensions)
    }
}
