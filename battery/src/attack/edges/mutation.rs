//! Right bodies with a few bytes changed, by a seed.

use std::collections::BTreeSet;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::json;

use super::verdict::Told;
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::batch::Batch;
use crate::world::stage::World;

/// What came of them.
#[derive(Debug, Default)]
pub(super) struct Mutated {
    pub(super) accepted: BTreeSet<String>,
    pub(super) refused: u64,
}

/// Pieces that parsers trip over.
const PIECES: [&[u8]; 14] = [
    b"\0",
    b"\xff",
    b"\"",
    b"\\",
    b"\\u",
    b"{",
    b"}",
    b"[",
    b",",
    b":",
    b"1e999",
    b"-",
    b"\n",
    b"\xef\xbb\xbf",
];

pub(super) async fn send(
    world: &World,
    plan: &Plan,
    report: &mut Report,
) -> Result<Mutated, Error> {
    let mut dice = plan.dice();
    let mut mutated = Mutated::default();
    for number in 0..plan.pick(300, 20_000) {
        let (place, right) = match number % 2 {
            0 => {
                let body = Batch::held(&format!("edges-mutated-{number}"), 2, 1).body();
                ("/mass-payments", body)
            }
            _ => ("/rehearsals", json!({"items": 3, "seconds": 0.01, "failItems": [1, 2]})),
        };
        let body = mutate(right.to_string().into_bytes(), &mut dice);
        let what = format!("{:?} to {place}", String::from_utf8_lossy(&body));
        let key = format!("edges-mutated-{number}");
        let request = world.api.post(place).header("content-type", "application/json");
        let request = request.header("idempotency-key", &key).body(body);
        let told = Told::to(&what, request).await?;
        told.judge(&what, report);
        match told.id().filter(|_| told.status == 202) {
            Some(id) => {
                mutated.accepted.insert(id);
            }
            None => mutated.refused += 1,
        }
    }
    Ok(mutated)
}

fn mutate(mut body: Vec<u8>, dice: &mut StdRng) -> Vec<u8> {
    for _ in 0..dice.random_range(1..3) {
        let at = dice.random_range(0..body.len());
        match dice.random_range(0..5) {
            0 => body[at] ^= 1 << dice.random_range(0..8),
            1 => {
                let piece = PIECES[dice.random_range(0..PIECES.len())];
                body.splice(at..at, piece.iter().copied());
            }
            2 => drop(body.remove(at)),
            3 => body[at] = dice.random_range(b'0'..=b'9'),
            _ => {
                let end = (at + dice.random_range(1..20)).min(body.len());
                let piece = body[at..end].to_vec();
                body.splice(at..at, piece);
            }
        }
    }
    body
}
