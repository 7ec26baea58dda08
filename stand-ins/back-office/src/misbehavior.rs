//! The ways to misbehave, and the endpoints that can.

use http::Method;

/// What a request is about, as far as misbehavior is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /mass-payments`
    Create,
    /// `POST /mass-payments/{id}/confirm`
    Confirm,
    /// `POST /mass-payments/{id}/cancel`
    Cancel,
    /// `GET /mass-payments?mp_uuid=`
    Lookup,
    /// `GET /mass-payments/{id}`
    Show,
    /// `GET /mass-payments/{id}/payments`
    Lines,
}

/// One way in which an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misbehavior {
    /// The connection ends without an answer; nothing was done.
    LostBefore,
    /// The connection ends without an answer; it was done.
    LostAfter,
    /// The connection ends without an answer; it is done somewhat later.
    Late,
    /// 500; nothing was done.
    ErrorBefore,
    /// 500; it was done.
    ErrorAfter,
    /// 429 with `Retry-After: 1`; nothing was done.
    Throttled,
    /// 503 with `Retry-After: 1`; nothing was done.
    Unavailable,
    /// No answer for a minute, then the connection ends; nothing was done.
    Hang,
    /// 200 with a page of HTML; it was done.
    Garbage,
    /// Half of the answer, then the connection ends; it was done.
    Half,
    /// The truth of a moment ago.
    Stale,
    /// 501: this bank can't be asked by `mp_uuid`.
    NoLookup,
}

impl Endpoint {
    /// Every endpoint that can misbehave.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Confirm, Self::Cancel, Self::Lookup, Self::Show, Self::Lines];

    /// The word in scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Lookup => "lookup",
            Self::Show => "show",
            Self::Lines => "lines",
        }
    }

    /// Whether it changes anything.
    #[must_use]
    pub const fn commits(self) -> bool {
        matches!(self, Self::Create | Self::Confirm | Self::Cancel)
    }

    pub(crate) fn of(method: &Method, route: &str) -> Option<Self> {
        match (method.as_str(), route) {
            ("POST", "/mass-payments") => Some(Self::Create),
            ("POST", "/mass-payments/{id}/confirm") => Some(Self::Confirm),
            ("POST", "/mass-payments/{id}/cancel") => Some(Self::Cancel),
            ("GET", "/mass-payments") => Some(Self::Lookup),
            ("GET", "/mass-payments/{id}") => Some(Self::Show),
            ("GET", "/mass-payments/{id}/payments") => Some(Self::Lines),
            _ => None,
        }
    }
}

impl Misbehavior {
    /// Every way there is.
    pub const ALL: [Self; 12] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::Late,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Throttled,
        Self::Unavailable,
        Self::Hang,
        Self::Garbage,
        Self::Half,
        Self::Stale,
        Self::NoLookup,
    ];

    /// The word in scripts and counts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostBefore => "lost_before",
            Self::LostAfter => "lost_after",
            Self::Late => "late",
            Self::ErrorBefore => "error_before",
            Self::ErrorAfter => "error_after",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Hang => "hang",
            Self::Garbage => "garbage",
            Self::Half => "half",
            Self::Stale => "stale",
            Self::NoLookup => "no_lookup",
        }
    }

    /// Whether it means anything there: a read can't be late, a write can't be stale.
    #[must_use]
    pub fn fits(self, endpoint: Endpoint) -> bool {
        match self {
            Self::LostAfter | Self::Late | Self::ErrorAfter => endpoint.commits(),
            Self::Stale => !endpoint.commits(),
            Self::NoLookup => endpoint == Endpoint::Lookup,
            Self::LostBefore
            | Self::ErrorBefore
            | Self::Throttled
            | Self::Unavailable
            | Self::Hang
            | Self::Garbage
            | Self::Half => true,
        }
    }
}
