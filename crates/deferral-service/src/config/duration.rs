//! Durations as people write them.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// A length of time that carries its unit: `"60s"`, `"1m 30s"`, `"250ms"`, `"7d"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// Whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no duration: write it with its unit, such as \"60s\"");
        // Days have no fixed length for a calendar; for a configuration they have 24 hours.
        let days = text.strip_suffix('d').and_then(|days| days.trim().parse::<u64>().ok());
        if let Some(days) = days {
            return Ok(Self::seconds(days * 24 * 3600));
        }
        let length = text.parse::<jiff::SignedDuration>().map_err(|_| wrong())?;
        Duration::try_from(length).map(Self).map_err(|_| wrong())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["60s", "1m 30s", "250ms", "7d"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_carry_their_unit() {
        for (text, millis) in
            [("60s", 60_000), ("250ms", 250), ("1m 30s", 90_000), ("2h", 7_200_000)]
        {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(millis))), "{text}");
        }
        assert_eq!("7d".parse(), Ok(Span::seconds(604_800)));
        for text in ["60", "", "-1s", "fast"] {
            assert!(text.parse::<Span>().unwrap_err().contains("unit"), "{text}");
        }
    }
}
