//! The story itself: send, watch, confirm, watch.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::Seen;
use super::cast::Cast;
use super::watch::Screen;
use crate::error::Error;

/// Random misbehavior at high rates can hold a story up, but not for ever.
const LONGEST: Duration = Duration::from_secs(600);

/// How the story ended.
pub(crate) struct End {
    pub(crate) operation: Value,
    pub(crate) mass_payment: Value,
}

pub(crate) async fn play(cast: &Cast, quiet: bool) -> Result<End, Error> {
    tokio::time::timeout(LONGEST, acts(cast, quiet)).await.map_err(|_| Error::Late(LONGEST))?
}

async fn acts(cast: &Cast, quiet: bool) -> Result<End, Error> {
    let screen = Screen::new(quiet);
    let today = jiff::Zoned::now().date();
    let reference = format!("payroll-{today}");
    let sending = Instant::now();
    let id = cast.api.send(mass_payments::sample::payroll(today), &reference).await?;
    screen.say(&format!(
        "1,000 payments accepted with a 202 in {} ms: {id}",
        sending.elapsed().as_millis()
    ));
    let mut confirmed = false;
    let mut seen: Option<Seen> = None;
    loop {
        let Some(new) = cast.api.operation(&id, seen.as_ref()).await? else { continue };
        screen.show(&new.document);
        let status = text(&new.document, "status");
        if status == "AwaitingConfirmation" && !confirmed {
            screen.say(&held(&new.document));
            cast.api.confirm(&id).await?;
            screen.say("Confirmed with {\"accept_errors\": true}.");
            confirmed = true;
        }
        if matches!(status, "Succeeded" | "Failed" | "Canceled") {
            screen.end();
            let mass_payment = cast.api.mass_payment(&id).await?;
            return Ok(End { operation: new.document, mass_payment });
        }
        seen = Some(new);
    }
}

fn held(document: &Value) -> String {
    let summary = document.pointer("/confirmation/summary").and_then(Value::as_str);
    format!("Held for confirmation: {}", summary.unwrap_or("no summary"))
}

pub(crate) fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_str).unwrap_or("")
}
