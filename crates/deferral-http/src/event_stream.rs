//! The event stream of an operation: a snapshot, or what was missed, and then every change until
//! the last.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deferral_core::canary::{self, Canary};
use deferral_core::{Event, Operation, OperationId, as_of, needed_after};
use futures_util::stream;
use std::time::Duration;
use tokio::time::sleep;

use crate::answer::id_value;
use crate::api::Api;
use crate::base::Base;
use crate::caller::Caller;
use crate::document::Shown;
use crate::header::{CLOSE, OPERATION_ID, text};
use crate::page::parameter;
use crate::problem::{Note, Problem};
use crate::quota::{NoSeat, Seat};
use crate::shared::Shared;
use crate::sse;

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const NO: HeaderValue = HeaderValue::from_static("no");
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Opens the stream. Who has seen the last event gets 204, on which clients stop for good.
pub(crate) async fn open(api: &Api, id: OperationId) -> Result<Response, Problem> {
    let operation = api.operation(id).await?;
    let seen = last_event_id(api);
    if operation.status.is_terminal() && seen == Some(operation.version) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let seat = api.shared().streams.take(api.tenant()).map_err(no_seat)?;
    let stream = EventStream {
        caller: Arc::clone(&api.caller),
        base: api.base(),
        operation: seen_before(api.shared(), &operation, seen).await?,
        current: Arc::new(operation),
        opened: false,
        told: false,
        _seat: seat,
    };
    let frames = stream::unfold(stream, |mut stream| async move {
        let frame = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(frame), stream))
    });
    let mut response = response(Body::from_stream(frames));
    response.headers_mut().insert(OPERATION_ID, id_value(id));
    Ok(response)
}

/// What a stream gets that can't be opened now: one that ends at once, on which clients come
/// back. At any other status than 200 they give up for good. The log tells why.
pub(crate) fn later(refused: &Response) -> Response {
    let mut response = response(Body::from(sse::LATER));
    if let Some(note) = refused.extensions().get::<Note>() {
        response.extensions_mut().insert(note.clone());
    }
    response
}

fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, EVENT_STREAM);
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    headers.insert(X_ACCEL_BUFFERING, NO);
    // The connection ends with the stream: simple clients read until then.
    headers.insert(header::CONNECTION, CLOSE);
    response
}

/// Browsers can't set headers on a first connection: the query says the same.
fn last_event_id(api: &Api) -> Option<u64> {
    let in_query = || parameter(&api.uri, "lastEventId");
    let text = text(&api.headers, &LAST_EVENT_ID).map(str::to_owned).or_else(in_query)?;
    text.parse().ok()
}

/// The operation as the client has seen it, if that can still be told.
async fn seen_before(
    shared: &Shared,
    operation: &Operation,
    seen: Option<u64>,
) -> Result<Option<Operation>, Problem> {
    let Some(seen) = seen.filter(|seen| *seen <= operation.version) else { return Ok(None) };
    if seen == operation.version {
        return Ok(Some(operation.clone()));
    }
    let Operation { tenant, id, .. } = operation;
    let events = shared.store.events(tenant, *id, needed_after(seen)).await?;
    Ok(as_of(operation, &events, seen))
}

fn no_seat(reason: NoSeat) -> Problem {
    match reason {
        NoSeat::Process => Problem::overloaded(),
        NoSeat::Tenant => Problem::quota_exceeded(
            "streams",
            "Too many event streams of this tenant are open.",
            Duration::from_secs(5),
        ),
    }
}

/// One open stream.
struct EventStream {
    caller: Arc<Caller>,
    base: Base,
    /// The operation as the client knows it; none before the first snapshot.
    operation: Option<Operation>,
    /// The operation as this process knows it.
    current: Arc<Operation>,
    opened: bool,
    /// Whether an event was sent: the first one carries the retry time.
    told: bool,
    _seat: Seat,
}

impl EventStream {
    /// The next bytes; none when the stream is over: after the last event, when this process
    /// drains, when the store can't be read, or when there is no more to tell, or not to this
    /// caller. Clients then come back with the last id, and are told why.
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.opened, true) {
            let mut out = sse::OPENED.to_vec();
            self.catch_up(&mut out).await?;
            return Some(out.into());
        }
        let known = self.operation.as_ref().filter(|known| !known.status.is_terminal())?;
        let (id, seen) = (known.id, known.version);
        let caller = Arc::clone(&self.caller);
        let (tenant, shared) = (&caller.tenant, &caller.shared);
        tokio::select! {
            changed = shared.watch.changed(tenant, id, seen) => {
                self.current = changed.ok()?;
                let mut out = Vec::with_capacity(1024);
                self.catch_up(&mut out).await?;
                Some(out.into())
            }
            () = sleep(shared.settings.heartbeat) => {
                let goes_on = shared.keys.still_knows(caller.key.as_deref()).await
                    && !shared.is_gone(tenant, id).await;
                goes_on.then_some(Bytes::from_static(sse::HEARTBEAT))
            }
            () = shared.drained() => None,
        }
    }

    /// Tells all that the client does not know: the events one by one, or, if some of them are
    /// gone, how it stands now.
    async fn catch_up(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let Some(known) = self.operation.as_ref() else { return self.snapshot(out).await };
        if known.version == self.current.version {
            return Some(());
        }
        let (tenant, id) = (&self.current.tenant, self.current.id);
        let (after, upto) = (known.version, self.current.version);
        let events = self.caller.shared.store.events(tenant, id, after).await.ok()?;
        let missed: Vec<&Event> = events.iter().filter(|event| event.number <= upto).collect();
        let complete = missed.len() as u64 == upto.saturating_sub(after);
        if !complete {
            return self.snapshot(out).await;
        }
        for event in missed {
            self.tell(out, event).await?;
        }
        Some(())
    }

    async fn tell(&mut self, out: &mut Vec<u8>, event: &Event) -> Option<()> {
        let mut operation = self.operation.take()?;
        operation.apply(event);
        self.write(out, event.name(), operation.status.is_terminal(), &operation).await?;
        self.operation = Some(operation);
        Some(())
    }

    async fn snapshot(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let operation = Operation::clone(&self.current);
        self.write(out, "snapshot", true, &operation).await?;
        self.operation = Some(operation);
        Some(())
    }

    /// Result and errors are told with the whole only: in every event they would come many times.
    async fn write(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        whole: bool,
        operation: &Operation,
    ) -> Option<()> {
        let shared = &self.caller.shared;
        let frame = shared.frame(&self.base);
        let data = if whole {
            let errors = shared.shown_errors(operation).await.ok()?;
            serde_json::to_vec(&frame.document(operation, Shown::Whole(&errors)))
        } else {
            serde_json::to_vec(&frame.document(operation, Shown::Brief))
        };
        let first = !std::mem::replace(&mut self.told, true);
        let data = data.ok()?;
        sse::write(out, operation.version, name, first, &data);
        if canary::is(Canary::RepeatEvent) {
            sse::write(out, operation.version, name, false, &data);
        }
        Some(())
    }
}
