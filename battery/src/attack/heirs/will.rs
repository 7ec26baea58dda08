//! What an attempt is about to do when its job is taken from it.

use std::time::Duration;

use deferral::prelude::*;
use serde::{Deserialize, Serialize};

/// Long enough that nothing follows by itself.
const LATER: Duration = Duration::from_secs(600);

/// A job that waits, and then does one thing: the first write of its attempt.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Will {
    pub(crate) milliseconds: u64,
    pub(crate) then: Then,
}

/// The one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Then {
    Complete,
    Progress,
    Effect,
    Retry,
    Snooze,
}

impl Job for Will {
    const KIND: &'static str = "heirs.will";
    type Output = ();
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {}

/// The extension that runs it: `heirs.enabled=true`.
pub(crate) fn extension() -> Extension {
    let state = |_: Settings| Ok::<_, std::convert::Infallible>(());
    Extension::new("heirs", state).job(carry_out).build()
}

async fn carry_out(will: Will, cx: Context<()>) -> Result<Outcome<()>, HandlerError> {
    tokio::time::sleep(Duration::from_millis(will.milliseconds)).await;
    match will.then {
        Then::Complete => {}
        Then::Progress => {
            cx.progress(Progress { completed: 1, ..Progress::default() }).await?;
        }
        Then::Effect => cx.effect("act").call(async |_| Ok(())).await?,
        Then::Retry => return Err(HandlerError::Retry(Cause::from("as its will says"))),
        Then::Snooze => return Ok(Outcome::Snooze(LATER)),
    }
    Ok(Outcome::Complete(()))
}
