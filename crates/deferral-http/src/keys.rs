//! The keys by which a request is recognized when it comes again.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::header;
use deferral_core::{Once, OnceRecord};
use sha2::{Digest as _, Sha256};

use crate::api::Api;
use crate::idempotency_key;
use crate::problem::Problem;

/// No application's scope has a space in it.
const BY_OPERATION_ID: &str = "header Operation-Id";

/// The keys of one request: its `Idempotency-Key`, its `Operation-Id`, both, or none.
pub(crate) struct Keys(Vec<Once>);

impl Keys {
    /// `keep`: how long they stay taken.
    pub(crate) fn read(api: &Api, required: bool, keep: Duration) -> Result<Self, Problem> {
        let named = idempotency_key::read(&api.headers)?;
        let given = api.given_id()?.map(|id| id.to_string());
        if named.is_none() && given.is_none() {
            let nothing = Self(Vec::new());
            return if required { Err(Problem::idempotency_key_missing()) } else { Ok(nothing) };
        }
        let fingerprint = fingerprint(api);
        let once = |scope, key| {
            let fingerprint = fingerprint.clone();
            Once { scope, key, fingerprint, keep, instead_of: None }
        };
        // The path is part of the scope: a key of another operation is another key.
        let named = named.map(|key| once(format!("{} {}", api.method, api.uri.path()), key));
        let given = given.map(|key| once(BY_OPERATION_ID.to_owned(), key));
        Ok(Self(named.into_iter().chain(given).collect()))
    }

    pub(crate) fn once(&self) -> &[Once] {
        &self.0
    }

    /// Whether the record is of one of these keys: then of the same request, or why not.
    pub(crate) fn recognize(&self, record: &OnceRecord) -> Option<Result<(), Problem>> {
        let same = |once: &&Once| once.scope == record.scope && once.key == record.key;
        let key = self.0.iter().find(same)?;
        Some(match () {
            () if key.fingerprint == record.fingerprint => Ok(()),
            () if key.scope == BY_OPERATION_ID => Err(Problem::operation_id_reused()),
            () => Err(Problem::idempotency_key_reused()),
        })
    }
}

/// Of all that makes a request another one. `Prefer` does not: a retry may wait.
fn fingerprint(api: &Api) -> String {
    let media_type = api.headers.get(header::CONTENT_TYPE).map_or(&b""[..], |v| v.as_bytes());
    let (path, query) = (api.uri.path(), api.uri.query().unwrap_or_default());
    let body = api.caller.meter.as_ref().map(|meter| meter.digest()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [api.method.as_str().as_bytes(), path.as_bytes(), query.as_bytes(), media_type] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(body);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string can't fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}
