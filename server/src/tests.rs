//! The `OpenAPI` document that callers generate clients from is committed: a change of it is seen.

use std::path::Path;

use deferral::Extension;
use deferral::http::openapi::{Contribution, document};

/// Set it to write the document instead of comparing it.
const WRITE: &str = "DEFERRAL_WRITE_OPENAPI";

#[test]
fn the_committed_openapi_document_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    let contributions: Vec<Contribution> =
        super::apps().into_iter().filter_map(Extension::into_contribution).collect();
    let text = serde_json::to_string_pretty(&document(&contributions)).unwrap() + "\n";
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "openapi.json is stale: run `{WRITE}=1 cargo test -p server --bins`"
    );
}
