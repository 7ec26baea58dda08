//! Odd paths, queries, headers, and bytes that are no HTTP.

use reqwest::Method;

use super::verdict::Told;
use crate::error::Error;
use crate::report::Report;
use crate::world::stage::World;
use crate::world::wire::Wire;

const IDS: [&str; 9] = [
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "00000000-0000-0000-0000-000000000000",
    "01890a5dac96774bbcceb302099a8057",
    "%7B01890a5d-ac96-774b-bcce-b302099a8057%7D",
    "x",
    "%00",
    "%ff",
    "%F0%9F%92%B6",
    "..%2f..%2fetc%2fpasswd",
];
const FORMS: [(&str, &str); 9] = [
    ("GET", ""),
    ("GET", "/result"),
    ("GET", "/events"),
    ("GET", "/errors"),
    ("DELETE", ""),
    ("POST", ":cancel"),
    ("POST", ":confirm"),
    ("POST", ":reject"),
    ("POST", ":nonsense"),
];
const QUERIES: [&str; 12] = [
    "pageSize=-1",
    "pageSize=99999999999999999999",
    "pageSize=x",
    "pageToken=x",
    "pageToken=%00%ff",
    "status=Finished",
    "kind=%00",
    "kind=..%2f",
    "%ff=%ff",
    "status=Running&status=Failed",
    "api-version=2026-01-01",
    "&&&===",
];
const HEADERS: [(&str, &str); 14] = [
    ("idempotency-key", "\"\""),
    ("idempotency-key", "\"never closed"),
    ("idempotency-key", "a, b"),
    ("operation-id", "x"),
    ("operation-id", "01890a5dac96774bbcceb302099a8057"),
    ("prefer", "wait=-1"),
    ("prefer", ";;;,,,===\"\\"),
    ("prefer", "wait=99999999999999999999999, respond-async"),
    ("if-match", "\"x"),
    ("if-none-match", "W/\"1\", *, \""),
    ("last-event-id", "18446744073709551616"),
    ("accept", "text/event-stream;q=x, */*;q=9"),
    ("traceparent", "00-x-y-z"),
    ("content-type", "application/json; charset=\"utf-16"),
];
const NO_HTTP: [&[u8]; 9] = [
    b"\0\0\0\0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    b"GET /livez HTTP/9.9\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nbad header\r\n\r\n",
    b"POST /rehearsals HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}",
    b"POST /rehearsals HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{}",
    b"POST /rehearsals HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    b"GET http://[::bad/ HTTP/1.1\r\nhost: x\r\n\r\n",
];

/// Sends all of them; how many.
pub(super) async fn send(world: &World, report: &mut Report) -> Result<u64, Error> {
    let mut sent = 0;
    for id in IDS {
        for root in ["/operations", "/mass-payments"] {
            for (method, form) in FORMS {
                let path = format!("{root}/{id}{form}");
                sent += unknown(world, method, &path, report).await?;
            }
        }
    }
    for query in QUERIES {
        for root in ["/operations", "/mass-payments"] {
            let what = format!("GET {root}?{query}");
            let told = Told::to(&what, world.api.get(&format!("{root}?{query}"))).await?;
            told.judge(&what, report);
            sent += 1;
        }
    }
    for (name, value) in HEADERS {
        let what = format!("{name}: {value}");
        let request = world.api.post("/rehearsals").header("content-type", "application/json");
        let told = Told::to(&what, request.header(name, value).body("{\"items\": 0}")).await?;
        told.judge(&what, report);
        if !matches!(told.status, 400 | 415 | 422) {
            report.finding(format!("{what}: {}", told.status));
        }
        let told = Told::to(&what, world.api.get("/operations").header(name, value)).await?;
        told.judge(&what, report);
        sent += 2;
    }
    let long: &[u8] = &[b"GET /livez HTTP/1.1\r\nx: ".as_slice(), &[b'x'; 300_000]].concat();
    for bytes in NO_HTTP.into_iter().chain([long]) {
        let mut wire = Wire::to(&world.api.url()).await?;
        wire.send(bytes).await;
        // Half a head is waited for, the rest is answered or cut at once.
        let status = wire.status().await;
        if status.is_some_and(|status| status >= 500) {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
            report.finding(format!("{shown:?}: {status:?}"));
        }
        sent += 1;
    }
    Ok(sent)
}

/// What nobody has is not there, however it is asked for.
async fn unknown(
    world: &World,
    method: &str,
    path: &str,
    report: &mut Report,
) -> Result<u64, Error> {
    let what = format!("{method} {path}");
    let method: Method = method.parse().unwrap_or_default();
    let told = Told::to(&what, world.api.request(method, path)).await?;
    told.judge(&what, report);
    if !matches!(told.status, 404 | 405) {
        report.finding(format!("{what}: {}", told.status));
    }
    Ok(1)
}
