//! The one layer around all routes: who calls, how much body, what went wrong, one line of log.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{HttpBody as _, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tower::Service;

use crate::body::{Meter, Patience, metered};
use crate::caller::Caller;
use crate::cors;
use crate::event_stream;
use crate::header::{CLOSE, Form, IDEMPOTENCY_KEY, OPERATION_ID, Quoting, VARY, form, members};
use crate::problem::{Note, Problem, is_transient};
use crate::request_log::RequestLog;
use crate::shared::Shared;

/// Marks an error answer that is plain text on purpose.
#[derive(Clone)]
pub(crate) struct PlainOnPurpose;

/// The longest text of somebody else's error that is passed on.
const LONGEST_TEXT: usize = 4096;

/// What is answered without asking who calls: it shows nothing of anybody.
const PUBLIC: [&str; 3] = ["/livez", "/readyz", "/openapi.json"];

/// All routes with the edge around them.
#[derive(Clone)]
pub(crate) struct Edge<R> {
    shared: Arc<Shared>,
    route: R,
}

impl<R> Edge<R> {
    pub(crate) const fn around(route: R, shared: Arc<Shared>) -> Self {
        Self { shared, route }
    }
}

impl<R> Service<Request> for Edge<R>
where
    R: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    R::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.route.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready goes, a fresh one stays.
        let route = self.route.clone();
        let route = std::mem::replace(&mut self.route, route);
        Box::pin(pass(Arc::clone(&self.shared), route, request).map(Ok))
    }
}

/// One request from its head to the head of its answer.
async fn pass<R>(shared: Arc<Shared>, route: R, request: Request) -> Response
where
    R: Service<Request, Response = Response, Error = Infallible> + Send,
    R::Future: Send,
{
    let mut log = RequestLog::begin(&request);
    let wants_events =
        request.method() == Method::GET && form(request.headers()) == Some(Form::Events);
    let origin = cors::allowed_origin(&shared.settings.cors_origins, request.headers());
    let has_body = !request.body().is_end_stream();
    let mut was_read = false;
    let mut response = match enter(&shared, &origin, request, &mut log).await {
        Ok((request, meter)) => {
            let response = run(route, request).await;
            was_read = meter.as_ref().is_some_and(|meter| meter.has_ended());
            let failed = meter.and_then(|meter| meter.problem());
            failed.map_or(response, IntoResponse::into_response)
        }
        Err(response) => response,
    };
    if is_foreign_error(&response) {
        response = translate(response).await;
    }
    if wants_events && is_transient(response.status()) {
        response = event_stream::later(&response);
    }
    if has_body && !was_read {
        // Nothing can follow on its connection: who is not told sends into one that closes.
        response.headers_mut().insert(header::CONNECTION, CLOSE);
    }
    response.headers_mut().entry(header::VARY).or_insert(VARY);
    if let Some(origin) = origin {
        cors::allow(&mut response, origin);
    }
    log.end(&response);
    response
}

/// What handlers find in the request: who sent it, and a body that is looked after.
async fn enter(
    shared: &Arc<Shared>,
    origin: &Option<HeaderValue>,
    request: Request,
    log: &mut RequestLog,
) -> Result<(Request, Option<Arc<Meter>>), Response> {
    let (mut parts, mut body) = request.into_parts();
    if origin.is_some() && cors::is_preflight(&parts) {
        return Err(cors::preflight());
    }
    let key = if PUBLIC.contains(&parts.uri.path()) {
        None
    } else {
        let key = shared.keys.authenticate(&parts).await;
        key.map_err(IntoResponse::into_response)?
    };
    let mut meter = None;
    if !body.is_end_stream() {
        if is_coded(&parts.headers) {
            return Err(Problem::unsupported_coding().into_response());
        }
        let (timeout, draining) = (shared.settings.body_timeout, shared.draining());
        let patience = Patience { timeout, draining };
        let hashed = has_key(&parts.headers);
        let (inner, of_body) = metered(body, &shared.bodies, patience, hashed);
        (body, meter) = (inner, Some(of_body));
    }
    let caller = Arc::new(Caller::new(shared, key, meter.clone()));
    log.called_by(&caller);
    parts.extensions.insert(caller);
    let mut request = Request::from_parts(parts, body);
    DefaultBodyLimit::max(shared.settings.body_limit).apply(&mut request);
    Ok((request, meter))
}

/// Whether the body is compressed, or more: read as it is, it would be garbage.
fn is_coded(headers: &HeaderMap) -> bool {
    let mut codings = members(headers, &header::CONTENT_ENCODING, Quoting::Plain);
    codings.any(|coding| !coding.eq_ignore_ascii_case("identity"))
}

/// Whether anybody will ask what the body was.
fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(IDEMPOTENCY_KEY) || headers.contains_key(OPERATION_ID)
}

/// Runs the route. A panic in it is its own: the process and the connection live on.
async fn run<R>(mut route: R, request: Request) -> Response
where
    R: Service<Request, Response = Response, Error = Infallible>,
{
    let running = AssertUnwindSafe(async move { route.call(request).await });
    match running.catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panic) => Problem::internal(format!("a panic: {}", said(&*panic))).into_response(),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("of some kind")
}

/// Errors of the router and of its extractors are plain text, if they say anything.
fn is_foreign_error(response: &Response) -> bool {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let media_type = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let plain = media_type.is_none_or(|media_type| media_type.starts_with(b"text/plain"));
    let extensions = response.extensions();
    let ours = extensions.get::<Note>().is_some() || extensions.get::<PlainOnPurpose>().is_some();
    is_error && plain && !ours
}

async fn translate(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, LONGEST_TEXT).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut response = Problem::translated(parts.status, text).into_response();
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        let allow = if parts.status == StatusCode::METHOD_NOT_ALLOWED {
            listed(allow)
        } else {
            allow.clone()
        };
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// The router writes `GET,HEAD`; the field is a list as people write lists.
fn listed(allow: &HeaderValue) -> HeaderValue {
    crate::header::value(allow.to_str().unwrap_or_default().replace(',', ", "))
}
