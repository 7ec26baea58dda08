//! What a job enqueues with its end: that there are as many as ends shows that none was written
//! twice.

use deferral::prelude::*;
use serde::{Deserialize, Serialize};

use super::far_end::FarEnd;

/// Does nothing.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Leaf {}

impl Job for Leaf {
    const KIND: &'static str = "battery.leaf";
    type Output = bool;
}

pub(super) async fn leaf(_: Leaf, _: Context<FarEnd>) -> Result<bool, HandlerError> {
    Ok(true)
}
