//! Scripted operations: `POST /rehearsals` runs one as its body says, so that authors of clients
//! can try their polling against every behavior.
//!
//! ```text
//! {"items": 3, "seconds": 1.0, "fail": false, "failItems": [1], "confirm": false}
//! ```

mod handler;
mod rehearsal;
mod routes;

use deferral::Extension;
use schemars::JsonSchema;
use serde::Deserialize;

pub use rehearsal::{Rehearsal, Rehearsed};

/// `[rehearsals]`: nothing to set but `enabled`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {}

/// The extension: one kind of job, one route.
pub fn extension() -> Extension {
    Extension::new("rehearsals", |_: Settings| Ok::<_, std::convert::Infallible>(()))
        .job(handler::rehearse)
        .routes(routes::router())
        .describe(routes::describe())
        .build()
}
