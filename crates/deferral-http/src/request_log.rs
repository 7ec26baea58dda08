//! One line of log for every request: who, what, how it went, how long. Never bodies, keys or
//! queries.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, Uri};
use axum::response::Response;
use tokio::time::Instant;

use crate::caller::Caller;
use crate::header::OPERATION_ID;
use crate::problem::Note;

/// What is known of a request while it is answered.
pub(crate) struct RequestLog {
    method: Method,
    uri: Uri,
    caller: Option<Arc<Caller>>,
    began_at: Instant,
}

impl RequestLog {
    pub(crate) fn begin(request: &Request<Body>) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { method, uri, caller: None, began_at: Instant::now() }
    }

    pub(crate) fn called_by(&mut self, caller: &Arc<Caller>) {
        self.caller = Some(Arc::clone(caller));
    }

    /// Writes the line: an error if it was our fault.
    pub(crate) fn end(&self, response: &Response) {
        let status = response.status().as_u16();
        let operation = response.headers().get(OPERATION_ID).and_then(|id| id.to_str().ok());
        let tenant = self.caller.as_ref().map(|caller| caller.tenant.as_str());
        let key = self.caller.as_ref().and_then(|caller| caller.key.as_ref()).map(|key| &*key.id);
        let ms = self.began_at.elapsed().as_secs_f64() * 1000.0;
        let (method, path) = (&self.method, self.uri.path());
        let note = response.extensions().get::<Note>();
        let code = note.map(|note| &*note.code);
        if let Some((note, cause)) = note.and_then(|note| Some((note, note.cause.as_ref()?))) {
            let instance = note.instance;
            tracing::warn!(%method, path, status, ms, tenant, key, operation, code, %instance, cause, "{method} {path} failed with {status}: {cause}");
        } else {
            tracing::info!(%method, path, status, ms, tenant, key, operation, code, "{method} {path} answered with {status}");
        }
    }
}
