//! A batch that keeps every rule.

use std::borrow::Cow;
use std::ops::Deref;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::batch;
use crate::batch::Batch;
use crate::draft::Draft;
use crate::line_error::LineErrors;

/// A [`Batch`] that keeps every rule: made by [`validate`], and read only.
///
/// Reading one from JSON checks each value again, but neither the calendar nor
/// how the fields go together. That is meant for a job's input, which was a
/// `MassPayment` when it was written; what a caller sends goes through
/// [`crate::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MassPayment(Batch);

impl Deref for MassPayment {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.0
    }
}

/// In an API's description the two are one: how it is made is our own affair.
impl JsonSchema for MassPayment {
    fn schema_name() -> Cow<'static, str> {
        Batch::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Batch::json_schema(generator)
    }
}

/// Checks a draft against every rule. `today` is the first day on which a
/// payment may be made, `now` the time that `confirm_by` must be after.
pub fn validate(draft: Draft, today: Date, now: Timestamp) -> Result<MassPayment, LineErrors> {
    let mut errors = LineErrors::default();
    match batch::check(draft, today, now, &mut errors) {
        Some(batch) if errors.is_empty() => Ok(MassPayment(batch)),
        _ => Err(errors),
    }
}
