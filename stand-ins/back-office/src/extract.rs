//! What handlers take out of a request, refused in this API's own words.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::problem::Problem;

/// The `{id}` of the path. What can't be an id is the id of nothing.
pub(crate) struct Id(pub(crate) Uuid);

/// The query.
pub(crate) struct Asked<T>(pub(crate) T);

/// The body, as JSON.
pub(crate) struct Sent<T>(pub(crate) T);

/// How old the answer shall be: zero, unless the [conduct](crate::conduct) is stale.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ago(pub(crate) Duration);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Path::<Uuid>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Problem::NotFound)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) = Query::from_request_parts(parts, state).await?;
        Ok(Self(asked))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await.map_err(|_| Problem::TooLarge)?;
        serde_json::from_slice(&body).map(Self).map_err(Problem::Body)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ago {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
