//! Connections that say nothing, or a byte now and then.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::error::Error;
use crate::world::stage::World;
use crate::world::wire::Wire;

/// Longer than a head or a body may take.
const PATIENCE: Duration = Duration::from_secs(50);

/// Connections on which one request was answered, and nothing follows.
#[derive(Debug)]
pub(super) struct Crowd(Vec<Wire>);

impl Crowd {
    pub(super) async fn connect(world: &World, count: u64) -> Result<Self, Error> {
        let mut wires = Vec::new();
        for _ in 0..count {
            let mut wire = Wire::to(&world.api.url()).await?;
            wire.head("GET /livez", &[]).await;
            if wire.status().await == Some(200) {
                wires.push(wire);
            }
        }
        Ok(Self(wires))
    }

    pub(super) fn leave(self) -> u64 {
        self.0.len() as u64
    }
}

/// How many of those who were slow are sent away.
#[derive(Debug, Default)]
pub(super) struct Dripped {
    pub(super) heads: u64,
    pub(super) bodies: u64,
    pub(super) silent: u64,
}

#[derive(Clone, Copy)]
enum Slowness {
    Head,
    Body,
    Silence,
}

/// So many of each, all at once, until they are cut.
pub(super) async fn drip(url: String, count: u64) -> Result<Dripped, Error> {
    let mut dripping = JoinSet::new();
    for _ in 0..count {
        for slowness in [Slowness::Head, Slowness::Body, Slowness::Silence] {
            dripping.spawn(is_cut(url.clone(), slowness));
        }
    }
    let mut dripped = Dripped::default();
    for one in dripping.join_all().await {
        match one? {
            (Slowness::Head, cut) => dripped.heads += u64::from(cut),
            (Slowness::Body, cut) => dripped.bodies += u64::from(cut),
            (Slowness::Silence, cut) => dripped.silent += u64::from(cut),
        }
    }
    Ok(dripped)
}

async fn is_cut(url: String, slowness: Slowness) -> Result<(Slowness, bool), Error> {
    let mut wire = Wire::to(&url).await?;
    match slowness {
        Slowness::Silence => return Ok((slowness, wire.is_closed_within(PATIENCE).await)),
        Slowness::Head => drop(wire.send("GET /livez HTTP/1.1\r\nx: ").await),
        Slowness::Body => {
            let lines = ["content-type: application/json", "content-length: 200000"];
            wire.head("POST /rehearsals", &lines).await;
        }
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if !wire.send("x").await || wire.is_closed_within(Duration::from_millis(50)).await {
            return Ok((slowness, true));
        }
    }
    Ok((slowness, false))
}
