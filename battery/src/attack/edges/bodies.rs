//! Broken bodies, to every place that takes one.

use serde_json::json;

use super::verdict::{REFUSALS, Told};
use crate::error::Error;
use crate::report::Report;
use crate::world::batch::Batch;
use crate::world::history::{Order, Wish};
use crate::world::stage::World;

/// A body that is wrong wherever JSON is read.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let many = (0..1_000_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    let some = (0..15_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    let mut bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    bomb.extend_from_slice(&[0; 1000]);
    vec![
        ("half an object", b"{".to_vec()),
        ("half a string", b"{\"comment\": \"".to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("no UTF-8", b"{\"comment\": \"\xc3\x28\"}".to_vec()),
        ("a surrogate in UTF-8", b"{\"comment\": \"\xed\xa0\x80\"}".to_vec()),
        ("half a surrogate pair", b"{\"comment\": \"\\ud83d\"}".to_vec()),
        ("a NUL", b"{}\0".to_vec()),
        ("a NUL in a string", b"{\"comment\": \"\0\"}".to_vec()),
        ("the same name twice", b"{\"comment\": \"a\", \"comment\": \"b\"}".to_vec()),
        ("two documents", b"{}{}".to_vec()),
        ("a comment of another language", b"{/* so */}".to_vec()),
        ("single quotes", b"{'comment': 'x'}".to_vec()),
        ("a comma too many", b"{\"comment\": \"a\",}".to_vec()),
        ("NaN", b"{\"comment\": NaN}".to_vec()),
        ("a number for a text", b"{\"comment\": 1e400}".to_vec()),
        ("2^64 for a text", b"{\"comment\": 18446744073709551616}".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"comment\"".to_vec()),
        ("a number", b"18446744073709551616".to_vec()),
        ("100,000 levels", vec![b'['; 100_000]),
        ("100,000 objects", "{\"comment\":".repeat(100_000).into_bytes()),
        ("gzip", bomb),
        ("a million names", format!("{{{many}}}").into_bytes()),
        ("many names, and no end", format!("{{{some}").into_bytes()),
        ("only spaces", vec![b' '; 1000]),
    ]
}

/// Tables that are none.
fn tables() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("nothing", Vec::new()),
        ("no lines", b"line_id,amount\n".to_vec()),
        ("no UTF-8", b"line_id,amount\n\xc3\x28,1\n".to_vec()),
        ("a NUL", b"line_id,amount\n\0,1\n".to_vec()),
        ("a quote that never ends", b"line_id,amount\n\"1,1\n".to_vec()),
        ("strange columns", b"a,b,c\n1,2,3\n".to_vec()),
        ("a column twice", b"line_id,line_id\n1,2\n".to_vec()),
        ("a million columns", vec![b','; 1_000_000]),
        ("a million lines", vec![b'\n'; 1_000_000]),
        ("one long field", [b"line_id\n".as_slice(), &[b'x'; 5_000_000]].concat()),
        ("carriage returns", vec![b'\r'; 100_000]),
        ("too much", vec![b'x'; 11 << 20]),
    ]
}

/// Sends all of them; how many were refused as they should.
pub(super) async fn send(world: &World, report: &mut Report) -> Result<u64, Error> {
    let rehearsal = Order::Rehearsal(json!({"confirm": true}));
    let operation = world.api.send("edges-rehearsal", &rehearsal).await?;
    let payments = Order::Payments(Batch::held("edges-payments", 1, 1), Wish::Canceled);
    let batch = world.api.send("edges-payments", &payments).await?;
    let mut places = vec!["/rehearsals".to_owned(), "/mass-payments".to_owned()];
    for verb in ["confirm", "reject", "cancel"] {
        places.push(format!("/operations/{operation}:{verb}"));
        places.push(format!("/mass-payments/{batch}:{verb}"));
    }
    let mut refused = 0;
    for (what, body) in broken() {
        for place in &places {
            refused += one(world, place, "application/json", (what, &body), report).await?;
        }
    }
    for (what, body) in tables() {
        refused += one(world, "/mass-payments", "text/csv", (what, &body), report).await?;
    }
    for place in &places {
        for media_type in ["text/plain", "application/xml", "application/jsonx", ""] {
            let body = ("{}", b"{}".as_slice());
            refused += one(world, place, media_type, body, report).await?;
        }
    }
    for id in [operation, batch] {
        let shown = world.api.operation(&id).await?;
        if shown.version() != Some(1) {
            report.finding(format!("{id}: something was done: {}", shown.body));
        }
    }
    Ok(refused)
}

async fn one(
    world: &World,
    place: &str,
    media_type: &str,
    (what, body): (&str, &[u8]),
    report: &mut Report,
) -> Result<u64, Error> {
    let what = format!("{what} as {media_type:?} to {place}");
    let request = world.api.post(place).header("idempotency-key", "edges-broken");
    let request = request.header("content-type", media_type).body(body.to_vec());
    let told = Told::to(&what, request).await?;
    told.judge(&what, report);
    let refused = REFUSALS.contains(&told.status);
    if !refused {
        report.finding(format!("{what}: {}", told.status));
    }
    Ok(u64::from(refused))
}
