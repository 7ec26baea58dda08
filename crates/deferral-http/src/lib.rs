//! The operations API: accepts work with a 202, and shows where it stands until it is done.
//!
//! [`HttpApi`] makes a router over a [`Store`](deferral_core::Store): the native routes under
//! `/operations` beside the routes of applications, whose handlers accept work through [`Api`].
//! [`serve`] answers connections with it. Nothing here runs a handler or knows a worker: what is
//! accepted is in the store, and so is what becomes of it.
//!
//! A request passes [`serve`], the edge (who calls, how much body, one line of log), a route, and
//! comes back as a document, a stream of events or a [`Problem`].

mod accept;
mod act;
mod actions;
mod answer;
mod answering;
mod api;
mod api_key;
mod auth;
mod base;
mod body;
mod caller;
mod cors;
mod document;
mod edge;
mod etag;
mod event_stream;
mod header;
mod health;
mod http_api;
mod idempotency_key;
mod integer;
mod json;
mod keys;
mod mode;
pub mod openapi;
mod page;
mod prefer;
mod problem;
mod quota;
mod record;
mod replay;
mod request_log;
mod retry_after;
mod routes;
mod serve;
mod settings;
mod shape;
mod shared;
mod sse;
mod started;
mod wait;
mod watch;
mod writable;

pub use accept::Accept;
pub use act::{Acted, ActionBody};
pub use actions::{Actions, Id, actions};
pub use api::Api;
pub use api_key::ApiKeySecret;
pub use body::HeldBody;
pub use http_api::HttpApi;
pub use integer::{deserialize_integer, deserialize_integers};
pub use json::{Json, OptionalJson, parse};
pub use mode::Mode;
pub use page::{NextPage, Paging};
pub use problem::{FieldError, Problem};
pub use serve::{Limits, serve};
pub use settings::{Location, Settings};
pub use started::Started;
