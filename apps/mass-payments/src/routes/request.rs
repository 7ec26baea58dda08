//! From the body of a request to a mass payment that keeps every rule, or to the answer that says
//! what is wrong.

use axum::body::Bytes;
use deferral::http::{FieldError, HeldBody, Problem};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::{LineError, LineErrors, Malformed, MassPayment, MediaType, parse, validate};

/// A mass payment that may be promised, and what it is recognized by.
pub(super) struct Received {
    pub(super) mass_payment: MassPayment,
    pub(super) fingerprint: String,
}

/// Reads and checks a request, off the threads that answer others: 5,000 lines take a while. It
/// goes on though the caller is gone, and holds the body's room as long as it has the body.
pub(super) async fn receive(
    media_type: MediaType,
    body: Bytes,
    parameters: Vec<(String, String)>,
    now: Timestamp,
    held: HeldBody,
) -> Result<Received, Problem> {
    let reading = tokio::task::spawn_blocking(move || {
        let received = read(media_type, &body, &parameters, now);
        drop((body, held));
        received
    });
    reading.await.map_err(Problem::internal)?
}

fn read(
    media_type: MediaType,
    body: &[u8],
    parameters: &[(String, String)],
    now: Timestamp,
) -> Result<Received, Problem> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let draft = parse(media_type, body, parameters).map_err(|error| malformed(&error))?;
    let mass_payment = validate(draft, today, now).map_err(|errors| invalid(&errors))?;
    let fingerprint = mass_payment.fingerprint();
    Ok(Received { mass_payment, fingerprint })
}

fn malformed(error: &Malformed) -> Problem {
    Problem::bad_request("MalformedBody", format!("The body can't be read: {error}."))
}

/// All errors at once, as far as they are told, each with its place.
fn invalid(errors: &LineErrors) -> Problem {
    let fields = errors.errors().iter().map(field).collect();
    let problem = Problem::validation(fields).with("errorCount", json!(errors.total()));
    if errors.is_truncated() { problem.with("errorsTruncated", json!(true)) } else { problem }
}

fn field(error: &LineError) -> FieldError {
    let LineError { pointer, line_id, code, message } = error;
    let field = FieldError::new(pointer.clone(), code.to_string(), message.clone());
    match line_id {
        Some(line_id) => field.with("line_id", line_id.as_str()),
        None => field,
    }
}
