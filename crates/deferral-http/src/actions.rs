//! Routes `{id}:verb`, which the router's own patterns can't say.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use deferral_core::OperationId;

use crate::api::{original_uri, parse_id};
use crate::problem::Problem;

/// Routes of one resource and of what can be done to it: `/orders/{id}` and `/orders/{id}:cancel`.
///
/// A literal `:` in the last segment separates the verb, `%3A` belongs to the id. Handlers get the
/// id from [`Id`], which leaves the verb out.
///
/// ```ignore
/// let router = Router::new().merge(actions("/orders/{id}").get(show).post("cancel", cancel));
/// ```
pub struct Actions<S = ()> {
    path: String,
    forms: Forms<S>,
}

struct Forms<S> {
    plain: MethodRouter<S>,
    verbs: Vec<(&'static str, MethodRouter<S>)>,
}

/// Begins the routes of this path, whose last segment is a parameter.
pub fn actions<S>(path: &str) -> Actions<S>
where
    S: Clone + Send + Sync + 'static,
{
    let forms = Forms { plain: MethodRouter::new(), verbs: Vec::new() };
    Actions { path: path.to_owned(), forms }
}

impl<S> Actions<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// `GET` and `HEAD` of the resource itself.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(mut self, handler: H) -> Self {
        self.forms.plain = self.forms.plain.get(handler);
        self
    }

    /// `DELETE` of the resource itself.
    #[must_use]
    pub fn delete<H: Handler<T, S>, T: 'static>(mut self, handler: H) -> Self {
        self.forms.plain = self.forms.plain.delete(handler);
        self
    }

    /// `POST` to `{id}:verb`.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(mut self, verb: &'static str, handler: H) -> Self {
        self.forms.verbs.push((verb, axum::routing::post(handler)));
        self
    }
}

impl<S> From<Actions<S>> for Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn from(actions: Actions<S>) -> Self {
        Self::new().route(&actions.path, any(Dispatch(Arc::new(actions.forms))))
    }
}

/// The part of the last segment after its last literal colon.
#[derive(Clone)]
struct Verb(String);

struct Dispatch<S>(Arc<Forms<S>>);

impl<S> Clone for Dispatch<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Handler<Verb, S> for Dispatch<S>
where
    S: Clone + Send + Sync + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let verb = verb_of(original_uri(&parts).path()).map(str::to_owned);
        let form = match &verb {
            None => Some(&self.0.plain),
            Some(verb) => self.0.verbs.iter().find(|(name, _)| name == verb).map(|(_, form)| form),
        };
        let Some(form) = form.cloned() else {
            return Box::pin(async { Problem::action_not_found().into_response() });
        };
        if let Some(verb) = verb {
            parts.extensions.insert(Verb(verb));
        }
        Box::pin(form.call(Request::from_parts(parts, body), state))
    }
}

fn verb_of(path: &str) -> Option<&str> {
    let segment = path.rsplit('/').next()?;
    segment.rsplit_once(':').map(|(_, verb)| verb)
}

/// The operation's id in the last parameter of the path, without the verb of an action. What is
/// no id is an operation that nobody has: 404.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub OperationId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let verb = parts.extensions.get::<Verb>().cloned();
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| Problem::operation_not_found())?;
        let id = parameters.iter().last().and_then(|(_, text)| match &verb {
            Some(Verb(verb)) => parse_id(text.strip_suffix(verb.as_str())?.strip_suffix(':')?),
            None => parse_id(text),
        });
        id.map(Self).ok_or_else(Problem::operation_not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_literal_colon_separates_the_verb() {
        assert_eq!(verb_of("/orders/7:cancel"), Some("cancel"));
        assert_eq!(verb_of("/orders/a:b:cancel"), Some("cancel"));
        assert_eq!(verb_of("/a:b/7"), None);
        assert_eq!(verb_of("/orders/7%3Acancel"), None);
        assert_eq!(verb_of("/orders/7:"), Some(""));
    }
}
