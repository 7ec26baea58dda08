//! What the operations API can be told: addresses, waits, retention, limits.

use std::collections::BTreeMap;
use std::time::Duration;

use deferral_core::{DEFAULT_RETENTION, Kind};

/// How the API answers. Who may connect, and for how long, stands in
/// [`Limits`](crate::Limits).
#[derive(Debug, Clone)]
pub struct Settings {
    /// What callers reach the API by, such as `https://api.example.com`. All URLs in answers begin
    /// with it; without it they begin with the `Host` of the request.
    pub public_url: Option<String>,
    /// Whether `Forwarded` and `X-Forwarded-*` are believed: only behind a proxy that sets them.
    pub trust_forwarded: bool,
    /// The browser origins that may read answers; `*` is any. None by default.
    pub cors_origins: Vec<String>,
    /// The longest wait of `Prefer: wait=N`. Stay below the time-outs of proxies.
    pub wait_cap: Duration,
    /// The longest wait of operations that are only ever answered with their result.
    pub sync_cap: Duration,
    /// How long finished operations are kept.
    pub retention: Duration,
    /// How long it is then remembered that there was one.
    pub tombstones: Duration,
    /// How long idempotency keys are remembered; never shorter than the two above together and
    /// the time that an operation may be open.
    pub keys_kept: Duration,
    /// Results up to so many bytes stand in the status document, others only under their own URL.
    pub inline_result: usize,
    /// The longest body of a request, unless its route says otherwise.
    pub body_limit: usize,
    /// How many bytes of bodies may be in memory together.
    pub bodies_in_flight: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How many event streams may be open together.
    pub streams: usize,
    /// How many of them one tenant may have.
    pub streams_per_tenant: usize,
    /// How many requests and streams may wait for changes together.
    pub waiters: usize,
    /// How many of them one tenant may have.
    pub waiters_per_tenant: usize,
    /// How often an idle event stream shows that it lives.
    pub heartbeat: Duration,
    /// What `Location` of a 202 is.
    pub location: Location,
    /// Of kinds whose success is a resource of its own: its path, with `{id}` for the operation's
    /// id, such as `/mass-payments/{id}`.
    pub resources: BTreeMap<Kind, String>,
}

/// What `Location` of a 202 leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// To the result, which answers 202 until it is there.
    Result,
    /// To the status document, for clients that insist.
    Monitor,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            trust_forwarded: false,
            cors_origins: Vec::new(),
            wait_cap: Duration::from_secs(30),
            sync_cap: Duration::from_secs(50),
            retention: DEFAULT_RETENTION,
            tombstones: Duration::from_secs(24 * 3600),
            keys_kept: Duration::from_secs(30 * 24 * 3600),
            inline_result: 64 * 1024,
            body_limit: 256 * 1024,
            bodies_in_flight: 64 * 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            streams: 4096,
            streams_per_tenant: 512,
            waiters: 8192,
            waiters_per_tenant: 1024,
            heartbeat: Duration::from_secs(15),
            location: Location::Result,
            resources: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// How long the key of an operation stays taken that is open so long and then kept so long: a
    /// key that is forgotten before its operation would let a late retry run again in silence.
    pub(crate) fn keep_keys(&self, open: Duration, retention: Duration) -> Duration {
        let remembered = retention.saturating_add(self.tombstones);
        self.keys_kept.max(open.saturating_add(remembered))
    }
}
