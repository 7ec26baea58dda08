//! The operations API as a whole: made once per process, turned into a router.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use deferral_core::Store;

use crate::edge::Edge;
use crate::openapi::{self, Contribution};
use crate::settings::Settings;
use crate::shared::Shared;
use crate::{health, routes};

/// The operations API of one process. Clones are the same API.
#[derive(Clone)]
pub struct HttpApi(Arc<Shared>);

impl HttpApi {
    /// An API over this store.
    pub fn new(store: Arc<dyn Store>, settings: Settings) -> Self {
        Self(Shared::new(store, settings))
    }

    /// Everything that callers reach: the operations, these routes of applications, which find
    /// [`Api`](crate::Api) in their requests, health, and the OpenAPI document with what
    /// applications contribute to it.
    pub fn router(&self, routes: Router, contributions: &[Contribution]) -> Router {
        let document = openapi::document(contributions).to_string();
        let inner = routes
            .merge(routes::operations())
            .merge(health::routes(&self.0))
            .route("/openapi.json", get(openapi::serve).with_state(document.into()));
        Router::new().fallback_service(Edge::around(inner, Arc::clone(&self.0)))
    }

    /// `/livez` and `/readyz` alone, for a listener that only people and machines of the operator
    /// reach.
    pub fn health(&self) -> Router {
        health::routes(&self.0)
    }

    /// Refuses new work from now on, and ends all waits and streams: the process is about to
    /// stop. What was accepted stays accepted.
    pub fn drain(&self) {
        self.0.drain();
    }
}
