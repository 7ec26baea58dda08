//! Jobs that kill or block their worker.

use std::hint::black_box;

use deferral::prelude::*;
use serde::{Deserialize, Serialize};

use super::far_end::FarEnd;

/// How it kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pill {
    /// Panics.
    Panic,
    /// Ends its process by a signal.
    Abort,
    /// Ends its process as if all were well.
    Exit,
    /// Calls itself until there is no stack left.
    Overflow,
    /// Takes memory until there is none left.
    Allocate,
    /// Never gives its thread back.
    Spin,
}

impl Job for Pill {
    const KIND: &'static str = "battery.pill";
    type Output = bool;

    fn policy() -> Policy {
        // A thread that is gone can't be waited for longer than a test.
        Policy { timeout: std::time::Duration::from_secs(2), ..Policy::default() }
    }
}

#[expect(clippy::panic, reason = "what is swallowed is poison")]
pub(super) async fn swallow(pill: Pill, _: Context<FarEnd>) -> Result<bool, HandlerError> {
    match pill {
        Pill::Panic => panic!("poison"),
        Pill::Abort => std::process::abort(),
        Pill::Exit => std::process::exit(0),
        Pill::Overflow => Ok(overflow(1) == 0),
        Pill::Allocate => Ok(allocate()),
        Pill::Spin => loop {
            std::hint::spin_loop();
        },
    }
}

#[expect(unconditional_recursion, reason = "to have no end is what it is for")]
fn overflow(depth: u64) -> u64 {
    let page = black_box([depth; 512]);
    overflow(depth + 1) + page[0]
}

fn allocate() -> bool {
    let mut all = Vec::new();
    loop {
        // Touched, so that it is really taken.
        all.push(black_box(vec![1_u8; 1 << 24]));
        if all.is_empty() {
            return false;
        }
    }
}
