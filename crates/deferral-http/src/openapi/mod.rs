//! The OpenAPI 3.1 document, put together by hand from the schemas of the documents.
//!
//! A generator reads routes; here one route answers several paths (`{id}` and `{id}:cancel`), and
//! most of what matters stands in headers and links that no route knows of.

mod components;
mod contribution;
mod operations;

pub use contribution::Contribution;

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

/// The document of this API with what applications contribute to it.
pub fn document(contributions: &[Contribution]) -> Value {
    let mut paths = operations::paths();
    let mut schemas = components::schemas();
    let mut tags = vec![json!({"name": "operations"})];
    for contribution in contributions {
        tags.push(json!({"name": contribution.tag()}));
        contribution.add_to(&mut paths, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Deferral",
            "description": "Accepts work with a 202 and shows where it stands until it is done.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "security": [{"bearer": []}, {"apiKey": []}, {}],
        "tags": tags,
        "paths": paths,
        "components": components::components(&schemas),
    })
}

/// `GET /openapi.json`.
pub(crate) async fn serve(State(document): State<Arc<str>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document.to_string())
}

#[cfg(test)]
mod tests;
