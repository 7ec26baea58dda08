//! Crash everywhere: a job is run once for every call to its store, dying at that call.

use std::future::Future;
use std::time::Duration;

use super::{Fault, Kit};

/// Longer than any lease of the kit.
const TAKEOVER: Duration = Duration::from_secs(120);
/// A probe or a retry comes due within so many of these.
const STEP: Duration = Duration::from_secs(30);
/// So often time passes until all must be done.
const STEPS: usize = 100;
/// More calls than this before the end, and the test is about something else.
const MOST_CALLS: u64 = 10_000;

/// What was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashReport {
    /// How many times the worker died.
    pub crashes: u64,
}

/// Runs the same jobs once for every call that a worker makes to its store, dying there.
///
/// Each time, once before and once after the call is done: makes a world with `make`, runs its
/// jobs until the worker dies, lets another worker finish, and checks the world. Ends when the
/// worker lives to the end.
///
/// # Panics
/// When a check does, or when no crash ever happened: then it would prove nothing.
#[expect(clippy::panic, reason = "a test fails by a panic")]
pub async fn crash_everywhere<W, M, Making, C, Checking>(make: M, check: C) -> CrashReport
where
    W: AsRef<Kit>,
    M: Fn() -> Making,
    Making: Future<Output = W>,
    C: Fn(W) -> Checking,
    Checking: Future<Output = ()>,
{
    let mut crashes = 0;
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for call in 1..=MOST_CALLS {
            let world = make().await;
            let kit = world.as_ref();
            let died = kit.drain_and_die(call, fault).await;
            kit.advance(TAKEOVER);
            kit.drain_for(STEP, STEPS).await;
            check(world).await;
            if !died {
                break;
            }
            crashes += 1;
        }
    }
    if crashes == 0 {
        panic!("the worker never died: there was nothing to run");
    }
    CrashReport { crashes }
}

impl AsRef<Self> for Kit {
    fn as_ref(&self) -> &Self {
        self
    }
}
