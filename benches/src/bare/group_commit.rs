//! Writes the rows of each request, and answers when they are on the disk.

use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use deferral::sqlite::{Options, SqliteStore};

use super::writer::Writer;
use crate::error::Error;

/// Over a new database with the store's own schema.
pub(crate) async fn router(database: &Path) -> Result<Router, Error> {
    drop(SqliteStore::open(database, Options::default()).await?);
    let writer = Writer::start(database)?;
    Ok(Router::new().route("/rehearsals", post(start)).with_state(writer))
}

async fn start(State(writer): State<Writer>, body: Bytes) -> (StatusCode, String) {
    match writer.write(body).await {
        Some(id) => (StatusCode::ACCEPTED, id.to_string()),
        None => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    }
}
