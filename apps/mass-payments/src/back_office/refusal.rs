//! Refusals in our own words: what the API's callers and operators read.

use deferral::prelude::*;

use super::answers::Trouble;

/// We refused in the back office's place.
const CANCELED_HERE: &str = "OperationCanceled";
/// The back office had canceled the mass payment by itself.
const CANCELED_THERE: &str = "CanceledAtBackOffice";

/// The most of the far end's text that is passed on.
const EXCERPT: usize = 200;

/// The caller canceled before anything was sent: we refuse in the back office's place.
pub(crate) fn refused_here() -> Rejection {
    Rejection::new(CANCELED_HERE, "The mass payment was canceled by its caller.")
}

pub(crate) fn is_refused_here(rejection: &Rejection) -> bool {
    rejection.code == CANCELED_HERE
}

/// Somebody at the bank canceled.
pub(crate) fn canceled_there() -> Rejection {
    Rejection::new(CANCELED_THERE, "The back office has canceled the mass payment.")
}

pub(crate) fn is_canceled_there(rejection: &Rejection) -> bool {
    rejection.code == CANCELED_THERE
}

pub(super) fn created_there() -> Rejection {
    Rejection::new(
        "CreatedAtBackOffice",
        "The back office creates the payments, or has created them: it is too late to withdraw.",
    )
}

pub(super) fn lookup_not_supported() -> Rejection {
    Rejection::new(
        "LookupNotSupported",
        "The back office can't be asked for a mass payment by its mp_uuid.",
    )
}

pub(super) fn several(found: usize) -> Rejection {
    let message = format!(
        "The back office has {found} mass payments with this mp_uuid. Cancel there all but one, \
         and name the one that is left."
    );
    Rejection::new("SeveralMassPayments", message)
}

/// Any other refusal, in the far end's words as far as they are legible.
pub(super) fn refused(status: u16, trouble: Option<&Trouble>) -> Rejection {
    let said = trouble.map_or_else(String::new, |trouble| {
        format!(": {}", excerpt(trouble.message.as_deref().unwrap_or(&trouble.error)))
    });
    let message = format!("The back office refused the mass payment ({status}){said}");
    Rejection::new("BackOfficeRefused", message)
}

/// The beginning of what the far end said, safe to repeat.
pub(crate) fn excerpt(text: &str) -> String {
    let start: String = text.chars().take(EXCERPT).flat_map(char::escape_debug).collect();
    if text.chars().nth(EXCERPT).is_some() { format!("{start}…") } else { start }
}
