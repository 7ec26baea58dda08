//! What a caller scripts, and what comes of it.

use std::time::Duration;

use deferral::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest rehearsal; attempts get a little more.
const LONGEST: Duration = Duration::from_secs(3600);

/// A scripted operation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rehearsal {
    /// How many items it has.
    #[serde(default = "one", deserialize_with = "deferral::http::deserialize_integer")]
    #[schemars(range(min = 1, max = 10_000))]
    pub items: u64,
    /// How long it takes, spread evenly over the items.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub seconds: f64,
    /// Whether it ends in `Failed`.
    #[serde(default)]
    pub fail: bool,
    /// The items, counted from 0, that get an error of their own.
    #[serde(default, deserialize_with = "deferral::http::deserialize_integers")]
    pub fail_items: Vec<u64>,
    /// Whether it waits for a confirmation first.
    #[serde(default)]
    pub confirm: bool,
}

/// How a rehearsal ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsed {
    /// How many items it had.
    pub items: u64,
    /// How many of them had no error.
    pub succeeded: u64,
}

const fn one() -> u64 {
    1
}

impl Job for Rehearsal {
    const KIND: &'static str = "rehearsal";
    type Output = Rehearsed;

    fn policy() -> Policy {
        Policy { timeout: LONGEST + Duration::from_secs(60), ..Policy::default() }
    }
}

impl Rehearsal {
    /// What is wrong with it: a JSON pointer and a sentence each.
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        if !(1..=10_000).contains(&self.items) {
            faults.push(("/items".to_owned(), "must be from 1 to 10000".to_owned()));
        }
        if !(0.0..=3600.0).contains(&self.seconds) {
            faults.push(("/seconds".to_owned(), "must be from 0 to 3600".to_owned()));
        }
        for (index, item) in self.fail_items.iter().enumerate() {
            if *item >= self.items {
                let message = format!("there is no item {item}: they are counted from 0");
                faults.push((format!("/failItems/{index}"), message));
            }
        }
        faults
    }

    /// Whether this item gets an error.
    pub(crate) fn fails(&self, item: u64) -> bool {
        self.fail_items.contains(&item)
    }

    /// How many items before this one get an error.
    pub(crate) fn failed_before(&self, item: u64) -> u64 {
        let failed = (0..item).filter(|earlier| self.fails(*earlier)).count();
        u64::try_from(failed).unwrap_or(u64::MAX)
    }

    /// How long one item takes.
    pub(crate) fn pause(&self) -> Duration {
        let items = u32::try_from(self.items).unwrap_or(u32::MAX).max(1);
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default().min(LONGEST) / items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(json: &str) -> Rehearsal {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        assert_eq!(script(r#"{"items": 3.0, "failItems": [1.0]}"#).fail_items, [1]);
        assert!(serde_json::from_str::<Rehearsal>(r#"{"items": 3.5}"#).is_err());
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let faults = script(r#"{"items": 10001, "seconds": -1, "failItems": [10001]}"#).faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/items", "/seconds", "/failItems/0"]);
    }

    #[test]
    fn the_time_is_spread_over_the_items() {
        assert_eq!(script(r#"{"items": 4, "seconds": 1}"#).pause(), Duration::from_millis(250));
    }
}
