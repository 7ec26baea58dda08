//! Odd texts that are right all the same: what is accepted is read back as it was sent.

use serde_json::{Value, json};

use super::verdict::{REFUSALS, Told};
use crate::error::Error;
use crate::report::Report;
use crate::world::batch::Batch;
use crate::world::stage::{World, job_of, stored};

const TEXTS: [&str; 16] = [
    "e\u{301}",
    "\u{e9}",
    "\u{1f4b6}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{202e}drah si siht",
    "\u{feff}mark",
    "\u{ffff}",
    "\u{10ffff}",
    "a'; DROP TABLE operations; --",
    "<script>alert(1)</script>",
    "back\\slash \"quote\"",
    "%00%0a",
    "{\"a\": [1]}",
    " spaces ",
    "\u{0}",
    "tab\tline\nbreak",
    "\u{2028}\u{2029}\u{85}",
];

/// Sends each as a reference; the operations of those that were accepted.
pub(super) async fn send(world: &World, report: &mut Report) -> Result<Vec<String>, Error> {
    let mut accepted = Vec::new();
    let store = world.store().await?;
    for (number, text) in TEXTS.iter().enumerate() {
        let what = format!("the reference {text:?}");
        let mut body = Batch::held(&format!("edges-text-{number}"), 1, 0).body();
        body["reference"] = json!(text);
        let request = world.api.post("/mass-payments").json(&body);
        let request = request.header("idempotency-key", format!("edges-text-{number}"));
        let told = Told::to(&what, request).await?;
        told.judge(&what, report);
        let Some(id) = told.id().filter(|_| told.status == 202) else {
            if !REFUSALS.contains(&told.status) {
                report.finding(format!("{what}: {}", told.status));
            }
            continue;
        };
        let input = job_of(&store, &id).await?.map(|job| job.input.bytes().to_vec());
        let input: Value = serde_json::from_slice(&input.unwrap_or_default()).unwrap_or_default();
        let operation = stored(&store, &id).await?;
        let correlation = operation.and_then(|operation| operation.correlation);
        let found = world.api.get("/mass-payments").query(&[("reference", text)]);
        let found = Told::to(&what, found).await?.body();
        let shown = world.api.operation(&id).await?.body;
        let is_found = found["value"][0]["id"] == id.as_str();
        let same = input["reference"] == *text
            && correlation.as_deref() == Some(*text)
            && shown["correlation"] == *text;
        if !(same && is_found) {
            report.counts.lost += 1;
            report.finding(format!(
                "{what}: read back as {} and {correlation:?}, found: {found}",
                input["reference"]
            ));
        }
        accepted.push(id);
    }
    Ok(accepted)
}
