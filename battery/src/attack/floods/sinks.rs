//! What fills up: bodies that are half there, and readers that do not read.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::report::Report;
use crate::world::history::{Fate, History, Order, Request};
use crate::world::stage::World;
use crate::world::wire::Wire;

/// One half body; so many are more than what all together may hold.
const HALF: usize = 6 << 20;
const HALVES: usize = 14;
/// "At once", on a machine that has other things to do too.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Longer than a reader may take nothing.
const PATIENCE: Duration = Duration::from_secs(90);

/// Holds more half bodies than there is room for; how many were told so, and it must be at once.
pub(super) async fn fill_with_bodies(world: &World, report: &mut Report) -> Result<u64, Error> {
    let mut wires = Vec::new();
    for _ in 0..HALVES {
        let mut wire = Wire::to(&world.api.url()).await?;
        let length = format!("content-length: {}", HALF + 1000);
        wire.head("POST /mass-payments", &["content-type: application/json", &length]).await;
        wire.send(vec![b' '; HALF]).await;
        wires.push(wire);
    }
    let begun = Instant::now();
    let mut told = 0;
    for wire in &mut wires {
        // Those who are inside wait for the rest of their body; they are asked last.
        let status = tokio::time::timeout(Duration::from_millis(300), wire.status()).await;
        match status {
            Ok(Some(503)) => told += 1,
            Ok(other) => report.finding(format!("one body too many was told {other:?}")),
            Err(_) => {}
        }
    }
    let asked = Duration::from_millis(300) * u32::try_from(HALVES).unwrap_or(1);
    if begun.elapsed() > asked + AT_ONCE {
        report.finding(format!("to be told that there is no room took {:?}", begun.elapsed()));
    }
    Ok(told)
}

/// Readers of an operation that tells much, of which they read nothing.
#[derive(Debug)]
pub(super) struct Stalled(Vec<Wire>);

impl Stalled {
    pub(super) async fn open(
        world: &World,
        count: usize,
        history: &mut History,
    ) -> Result<Self, Error> {
        let items = 1_000_u64;
        let fail: Vec<u64> = (0..items).collect();
        let script = json!({"items": items, "seconds": 3, "failItems": fail});
        let (key, order) = ("floods-much".to_owned(), Order::Rehearsal(script));
        let id = world.api.send(&key, &order).await?;
        let mut request = Request::new(key, order);
        request.fates.push(Fate::Accepted { id: id.clone(), replayed: false });
        history.requests.push(request);
        let mut wires = Vec::new();
        for number in 0..count {
            let mut wire = Wire::to(&world.api.url()).await?;
            match number % 3 {
                // Some never read, some read a little and then no more.
                0 => drop(wire.head(&format!("GET /operations/{id}/events"), &[]).await),
                1 => {
                    wire.head(&format!("GET /operations/{id}/events"), &[]).await;
                    wire.until("event: snapshot").await;
                }
                // And some ask for far more than they take.
                _ => {
                    for _ in 0..20 {
                        wire.head("GET /operations?pageSize=1000", &[]).await;
                    }
                }
            }
            wires.push(wire);
        }
        Ok(Self(wires))
    }

    /// How many of them are cut.
    pub(super) async fn cut(mut self) -> u64 {
        let deadline = Instant::now() + PATIENCE;
        let mut cut = 0;
        while !self.0.is_empty() && Instant::now() < deadline {
            let mut left = Vec::new();
            for mut wire in self.0.drain(..) {
                if wire.is_cut().await {
                    cut += 1;
                } else {
                    left.push(wire);
                }
            }
            self.0 = left;
            sleep(Duration::from_secs(1)).await;
        }
        cut
    }
}
