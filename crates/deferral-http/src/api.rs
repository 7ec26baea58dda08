//! What a route can do for its caller: the extractor that applications write in their handlers.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use deferral_core::{JobId, Operation, OperationId, OperationQuery, Page, Tenant, Timestamp};
use uuid::Uuid;

use crate::base::Base;
use crate::body::HeldBody;
use crate::caller::Caller;
use crate::header::{OPERATION_ID, TRACEPARENT, text};
use crate::problem::Problem;
use crate::shared::Shared;

/// The operations API on behalf of one caller.
///
/// It accepts work and shows it; it can't run a handler, and can't make a caller another's.
pub struct Api {
    pub(crate) caller: Arc<Caller>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Api {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Arc<Caller>>();
        let outside = || Problem::internal("`Api` is used outside of the router of `HttpApi`");
        Ok(Self {
            caller: Arc::clone(caller.ok_or_else(outside)?),
            method: parts.method.clone(),
            uri: original_uri(parts),
            headers: parts.headers.clone(),
        })
    }
}

/// The request's target as it was sent, though a nested router sees less of it.
pub(crate) fn original_uri(parts: &Parts) -> Uri {
    let original = parts.extensions.get::<OriginalUri>().map(|original| &original.0);
    original.unwrap_or(&parts.uri).clone()
}

impl Api {
    /// Whose request this is.
    pub fn tenant(&self) -> &Tenant {
        &self.caller.tenant
    }

    /// What is set for callers with this API key, such as `mass_payments.mode`.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.caller.key.as_ref()?.settings.get(name).map(String::as_str)
    }

    /// The time by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.shared().now()
    }

    /// The absolute URL of a path of this API.
    pub fn absolute(&self, path: &str) -> String {
        self.base().join(path)
    }

    /// The id for an operation about to be accepted: the one that the caller gave, or a new one.
    /// Hand it to [`Accept::id`](crate::Accept::id), and to whoever else must know it.
    pub fn new_id(&self) -> Result<OperationId, Problem> {
        match self.given_id()? {
            Some(id) => Ok(id),
            None => Ok(OperationId::new(self.now(), rand::random())),
        }
    }

    /// The operation of this caller, or why there is none.
    pub async fn operation(&self, id: OperationId) -> Result<Operation, Problem> {
        self.shared().operation(self.tenant(), id).await
    }

    /// Operations of this caller, newest first; whose is not for the query to say.
    pub async fn operations(&self, query: OperationQuery) -> Result<Page<Operation>, Problem> {
        let query = OperationQuery { tenant: Some(self.tenant().clone()), ..query };
        Ok(self.shared().store.operations(&query).await?)
    }

    /// Keeps the room that the request's body takes until this is dropped. Give it to work on the
    /// body that goes on though the caller is gone, such as a closure on another thread.
    pub fn hold_body(&self) -> HeldBody {
        HeldBody::of(self.caller.meter.as_ref())
    }

    /// Gives the room of the body back early: what was in it is written, though the answer may
    /// wait.
    pub(crate) fn release_body(&self) {
        if let Some(meter) = &self.caller.meter {
            meter.release();
        }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.caller.shared
    }

    pub(crate) fn base(&self) -> Base {
        let shared = self.shared();
        let of_request = || Base::of_request(&self.headers, shared.settings.trust_forwarded);
        shared.base.clone().unwrap_or_else(of_request)
    }

    pub(crate) fn new_job_id(&self) -> JobId {
        JobId::new(self.now(), rand::random())
    }

    /// `Operation-Id` of the request. Ids here are UUIDs; one that nobody can guess is the
    /// caller's to choose.
    pub(crate) fn given_id(&self) -> Result<Option<OperationId>, Problem> {
        let mut fields = self.headers.get_all(OPERATION_ID).into_iter();
        let (Some(field), second) = (fields.next(), fields.next()) else { return Ok(None) };
        let text = field.to_str().ok().filter(|_| second.is_none());
        let id = text.and_then(|text| parse_id(text.trim()));
        id.map(Some).ok_or_else(Problem::operation_id_invalid)
    }

    /// The W3C trace that the request belongs to.
    pub(crate) fn trace(&self) -> Option<String> {
        let is_trace = |text: &&str| {
            text.len() == 55 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        };
        text(&self.headers, &TRACEPARENT).filter(is_trace).map(str::to_owned)
    }
}

/// An operation's id as it stands in URLs: a UUID with hyphens, and no other way to write one.
pub(crate) fn parse_id(text: &str) -> Option<OperationId> {
    let id = Uuid::parse_str(text).ok().filter(|id| text.len() == 36 && !id.is_nil())?;
    Some(OperationId::from_uuid(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_in_one_way() {
        let id = "0199a8a1-7c1e-7b6e-8f00-0123456789ab";
        assert_eq!(parse_id(id).unwrap().to_string(), id);
        for text in ["", "x", &id.replace('-', ""), &format!("{{{id}}}"), &format!("urn:uuid:{id}")]
        {
            assert_eq!(parse_id(text), None, "{text}");
        }
        assert_eq!(parse_id(&Uuid::nil().to_string()), None);
    }
}
