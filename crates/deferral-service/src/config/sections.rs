//! The sections that every service has.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Span;

/// `[store]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSection {
    /// `sqlite:PATH`.
    pub url: String,
    /// `power-safe` (each answer after a flush to disk) or `crash-safe` (the last moments may be
    /// lost with the power).
    pub durability: String,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self { url: "sqlite:deferral.db".into(), durability: "power-safe".into() }
    }
}

/// `[http]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What callers see before the path, such as `https://api.example.com`. Without it the Host
    /// header of each request is believed.
    pub public_url: Option<String>,
    /// Whether a proxy in front is trusted to say what callers see (`Forwarded`).
    pub trust_forwarded: bool,
    /// The longest that a caller may wait for a change or a result.
    pub longest_wait: Span,
    /// The most connections at once.
    pub connections: usize,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            trust_forwarded: false,
            longest_wait: Span::seconds(30),
            connections: 10_000,
        }
    }
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Where health is told to operators.
    pub listen: SocketAddr,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8081)) }
    }
}

/// `[worker]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// The queues to read, in this order: a name, or a name and its own limit.
    pub queues: Vec<WorkerQueue>,
    /// How many jobs run at once; 32, and up to 256 while they are short, unless given.
    pub concurrency: Option<usize>,
    /// How long a dead worker's jobs wait when the store can't tell that it died.
    pub lease: Span,
    /// How long jobs may go on after a shutdown began.
    pub grace: Span,
    /// How often to look for work when nothing calls.
    pub poll: Span,
}

/// One queue to read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WorkerQueue {
    /// With as many slots as there are.
    Name(String),
    /// With a limit of its own.
    Limited {
        /// Its name.
        name: String,
        /// How many of its jobs run at once in this worker.
        concurrency: usize,
    },
}

impl Default for Worker {
    fn default() -> Self {
        let queues = ["high", "default", "low"];
        Self {
            queues: queues.into_iter().map(|name| WorkerQueue::Name(name.into())).collect(),
            concurrency: None,
            lease: Span::seconds(15),
            grace: Span::seconds(25),
            poll: Span::seconds(1),
        }
    }
}

/// `[jobs]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// How many crashes of its own park a job,
    pub crash_budget: u32,
    /// within this time.
    pub crash_window: Span,
    /// How long finished jobs are kept.
    pub retention: Span,
    /// How long finished operations are kept; at least 24 hours.
    pub operation_retention: Span,
    /// How long it is remembered that there was an operation.
    pub tombstones: Span,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            crash_budget: 3,
            crash_window: Span::seconds(72 * 3600),
            retention: Span::seconds(24 * 3600),
            operation_retention: Span::seconds(7 * 24 * 3600),
            tombstones: Span::seconds(24 * 3600),
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// What is logged: `error`, `warn`, `info`, `debug`, or a list such as
    /// `info,deferral_worker=debug`.
    pub level: String,
    /// For people or for programs.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into(), format: LogFormat::Text }
    }
}

/// The keys of a section, from its schema: what can be set is what is documented.
pub(crate) fn keys_of<C: JsonSchema>() -> BTreeSet<String> {
    let schema = schemars::schema_for!(C);
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}
