//! What is known after an answer that is not the one hoped for.

use std::time::Duration;

use deferral::prelude::*;
use reqwest::StatusCode;

use super::answers::Trouble;
use super::connection::Reply;
use super::refusal::{self, excerpt};

/// When to come back if the back office is busy and does not say.
const SOON: Duration = Duration::from_secs(5);
/// The longest that it is believed to be busy.
const LATE: Duration = Duration::from_secs(600);

/// The class of a refusal or failure that means nothing special to its request.
pub(super) fn of(reply: &Reply) -> CallError {
    let status = reply.status;
    match (status, reply.retry_after) {
        (StatusCode::TOO_MANY_REQUESTS, after) => later(after.unwrap_or(SOON)),
        (StatusCode::SERVICE_UNAVAILABLE, Some(after)) => later(after),
        (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY, _) => unknown(reply),
        _ if status.is_client_error() => {
            let trouble = reply.read::<Trouble>().ok();
            CallError::Rejected(refusal::refused(status.as_u16(), trouble.as_ref()))
        }
        _ => unknown(reply),
    }
}

/// It has nothing done and can be asked again after the time.
pub(super) fn later(after: Duration) -> CallError {
    CallError::Throttled(after.min(LATE))
}

/// An answer that says nothing about whether it happened.
pub(super) fn unknown(reply: &Reply) -> CallError {
    let said = excerpt(&String::from_utf8_lossy(&reply.body));
    CallError::Unknown(Cause::from(format!("it answered {}: {said}", reply.status)))
}

/// An answer that can't be believed.
pub(super) fn doubtful(why: impl std::fmt::Display) -> CallError {
    CallError::Unknown(Cause::from(format!("its answer can't be believed: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, retry_after: Option<u64>) -> String {
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after.map(Duration::from_secs),
            body: br#"{"error":"odd","message":"that is odd"}"#.to_vec(),
        };
        match of(&reply) {
            CallError::NotSent(_) => "not sent".into(),
            CallError::Rejected(rejection) => format!("rejected: {rejection}"),
            CallError::Throttled(after) => format!("throttled: {after:?}"),
            CallError::Unknown(cause) => format!("unknown: {cause}"),
        }
    }

    #[test]
    fn only_a_clear_refusal_is_a_refusal() {
        let refused = "rejected: BackOfficeRefused: The back office refused the mass payment \
                       (422): that is odd";
        assert_eq!(class(422, None), refused);
        for status in [400, 401, 404, 409, 413] {
            assert!(class(status, None).starts_with("rejected"), "{status}");
        }
        for status in [302, 408, 425, 500, 501, 502, 503, 504] {
            assert!(class(status, None).starts_with("unknown"), "{status}");
        }
    }

    #[test]
    fn who_is_busy_says_when_to_come_back() {
        assert_eq!(class(429, Some(7)), "throttled: 7s");
        assert_eq!(class(429, None), "throttled: 5s");
        assert_eq!(class(503, Some(7)), "throttled: 7s");
        assert_eq!(class(503, Some(86_400)), "throttled: 600s");
    }
}
