//! One capability in one place: its routes, jobs, handlers and settings.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use deferral_core::{Job, Kind};
use deferral_http::openapi::Contribution;
use deferral_worker::{Handler, Registry, RegistryError};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

type Cause = Box<dyn Error + Send + Sync>;

/// A capability, ready to be composed with others. Made with [`Extension::new`].
pub struct Extension {
    name: &'static str,
    keys: BTreeSet<String>,
    build: Box<dyn FnOnce(toml::Table) -> Result<Built, ExtensionError> + Send>,
    contribution: Option<Contribution>,
    resources: BTreeMap<Kind, String>,
}

/// What an extension brings, with its state inside.
pub(crate) struct Built {
    pub(crate) registry: Registry,
    pub(crate) routes: Router,
}

/// An extension that can't be built.
#[derive(Debug, thiserror::Error)]
pub enum ExtensionError {
    /// A setting is missing or wrong.
    #[error("[{section}] {message}")]
    Settings {
        /// Whose.
        section: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Its state could not be made.
    #[error("[{section}] {source}")]
    State {
        /// Whose.
        section: &'static str,
        /// Why.
        source: Cause,
    },
    /// Its jobs could not be registered.
    #[error(transparent)]
    Jobs(#[from] RegistryError),
}

impl Extension {
    /// Begins an extension. `state` makes its state from its section of the configuration, which
    /// has the extension's name with `_` for `-`; an extension is on when its section is there and
    /// does not say `enabled = false`.
    #[expect(clippy::new_ret_no_self, reason = "a builder, as the words of the design have it")]
    pub fn new<C, S, E, M>(name: &'static str, state: M) -> ExtensionBuilder<C, S>
    where
        C: DeserializeOwned + JsonSchema,
        S: Clone + Send + Sync + 'static,
        E: Into<Cause>,
        M: FnOnce(C) -> Result<S, E> + Send + 'static,
    {
        ExtensionBuilder {
            name,
            state: Box::new(|settings| state(settings).map_err(Into::into)),
            jobs: Vec::new(),
            routes: Router::new(),
            contribution: None,
            resources: BTreeMap::new(),
        }
    }

    /// What it says of its routes.
    pub fn into_contribution(self) -> Option<Contribution> {
        self.contribution
    }

    /// Its name; its section in the configuration.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of its section.
    pub(crate) fn section(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The keys of its section.
    pub(crate) const fn keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    pub(crate) const fn take_contribution(&mut self) -> Option<Contribution> {
        self.contribution.take()
    }

    pub(crate) fn take_resources(&mut self) -> BTreeMap<Kind, String> {
        std::mem::take(&mut self.resources)
    }

    pub(crate) fn build(self, section: toml::Table) -> Result<Built, ExtensionError> {
        (self.build)(section)
    }
}

type MakeState<C, S> = Box<dyn FnOnce(C) -> Result<S, Cause> + Send>;
type AddJob<S> = Box<dyn FnOnce(&mut Registry, Arc<S>) -> Result<(), RegistryError> + Send>;

/// An extension being put together.
pub struct ExtensionBuilder<C, S> {
    name: &'static str,
    state: MakeState<C, S>,
    jobs: Vec<AddJob<S>>,
    routes: Router<S>,
    contribution: Option<Contribution>,
    resources: BTreeMap<Kind, String>,
}

impl<C, S> ExtensionBuilder<C, S>
where
    C: DeserializeOwned + JsonSchema + 'static,
    S: Clone + Send + Sync + 'static,
{
    /// Runs jobs of `J` with this handler.
    #[must_use]
    pub fn job<J: Job, H: Handler<J, S>>(mut self, handler: H) -> Self {
        self.jobs.push(Box::new(move |registry, state| registry.register(handler, state)));
        self
    }

    /// Serves these routes.
    #[must_use]
    pub fn routes(mut self, routes: Router<S>) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Describes the routes in the `OpenAPI` document.
    #[must_use]
    pub fn describe(mut self, contribution: Contribution) -> Self {
        self.contribution = Some(contribution);
        self
    }

    /// Operations that begin with `J` are resources of their own at this path, with `{id}` for the
    /// operation's id: their status document says so once they succeeded.
    #[must_use]
    pub fn resource<J: Job>(mut self, path: &str) -> Self {
        // A kind whose name is none is refused when its job is registered.
        if let Ok(kind) = Kind::new(J::KIND) {
            self.resources.insert(kind, path.to_owned());
        }
        self
    }

    /// The extension, with the types of its settings and state forgotten.
    pub fn build(self) -> Extension {
        let Self { name, state, jobs, routes, contribution, resources } = self;
        let build = move |section: toml::Table| {
            let settings = section.try_into::<C>().map_err(|error| ExtensionError::Settings {
                section: name,
                message: error.message().to_owned(),
            })?;
            let state = state(settings)
                .map_err(|source| ExtensionError::State { section: name, source })?;
            let mut registry = Registry::default();
            let shared = Arc::new(state.clone());
            for add in jobs {
                add(&mut registry, shared.clone())?;
            }
            Ok(Built { registry, routes: routes.with_state(state) })
        };
        let keys = crate::config::keys_of::<C>();
        Extension { name, keys, build: Box::new(build), contribution, resources }
    }
}
