//! `[mass_payments]`: where the back office is, and how patient to be with it.

use std::str::FromStr;
use std::time::Duration;

use deferral::config::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// An attempt of a job asks the back office several times; all of it must fit into the time that
/// the job's kind has for one.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(120);

/// The setting of an API key that goes before `mode`.
pub(crate) const MODE_OF_KEY: &str = "mass_payments.mode";

/// `[mass_payments]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the back office answers, such as `http://127.0.0.1:8090`.
    pub back_office_url: String,
    /// How callers are answered who don't say. An API key can have its own: `mass_payments.mode`.
    #[serde(default)]
    pub mode: Mode,
    /// How long to wait for an answer of the back office.
    #[serde(default = "timeout")]
    pub timeout: Span,
    /// How long after it was sent the back office may still act on a request.
    #[serde(default = "landing")]
    pub landing: Span,
    /// How long after giving up "there is no such mass payment" is believed.
    #[serde(default = "settle")]
    pub settle: Span,
    /// How long a caller in `sync` mode is kept waiting for the result.
    #[serde(default = "sync_budget")]
    pub sync_budget: Span,
}

/// How callers are answered who send neither `Prefer` nor a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// With a 202; the `Idempotency-Key` is required.
    #[default]
    Async,
    /// With the result if it is there within the budget; the duplicate guard stands in for the key.
    Sync,
}

/// Settings that can't be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The address of the back office can't be called.
    #[error("back_office_url: {url:?} is no address such as \"http://127.0.0.1:8090\": {reason}")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing can be asked in no time, and one question may not take a whole attempt.
    #[error("timeout: must be more than \"0s\" and at most \"2m\", not {0:?}")]
    Timeout(Duration),
    /// What is not found might still land, and would then be paid twice.
    #[error(
        "settle: must be at least timeout + landing ({least:?}), not {settle:?}: a request that \
         lands later than it is believed lost would be sent, and paid, twice"
    )]
    Settle {
        /// As it was given.
        settle: Duration,
        /// What it must be at least.
        least: Duration,
    },
}

impl Settings {
    /// Refuses what would be unsafe, before anything is promised.
    pub fn check(&self) -> Result<(), SettingsError> {
        let (timeout, settle) = (self.timeout.0, self.settle.0);
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            return Err(SettingsError::Timeout(timeout));
        }
        let least = timeout.saturating_add(self.landing.0);
        if settle < least {
            return Err(SettingsError::Settle { settle, least });
        }
        Ok(())
    }
}

/// A mode that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no mode: use async or sync")]
pub struct UnknownMode(String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        match text {
            "async" => Ok(Self::Async),
            "sync" => Ok(Self::Sync),
            other => Err(UnknownMode(other.chars().take(40).collect())),
        }
    }
}

const fn timeout() -> Span {
    Span::seconds(30)
}

const fn landing() -> Span {
    Span::seconds(20)
}

const fn settle() -> Span {
    Span::seconds(60)
}

const fn sync_budget() -> Span {
    Span::seconds(25)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: serde_json::Value) -> Settings {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_address_is_all_that_must_be_said() {
        let settings = settings(serde_json::json!({"back_office_url": "http://127.0.0.1:8090"}));
        assert_eq!(settings.mode, Mode::Async);
        assert_eq!(settings.settle, Span::seconds(60));
        assert_eq!(settings.check(), Ok(()));
    }

    #[test]
    fn an_absence_may_not_be_believed_before_a_request_can_have_landed() {
        let with = |settle: &str| {
            settings(serde_json::json!({
                "back_office_url": "http://127.0.0.1:8090",
                "timeout": "2s", "landing": "3s", "settle": settle,
            }))
        };
        assert_eq!(with("5s").check(), Ok(()));
        let error = with("4900ms").check().unwrap_err();
        assert!(error.to_string().starts_with("settle: must be at least timeout + landing (5s)"));
    }

    #[test]
    fn a_timeout_is_neither_nothing_nor_a_whole_attempt() {
        for timeout in ["0s", "3m"] {
            let settings = settings(serde_json::json!({
                "back_office_url": "http://127.0.0.1:8090", "timeout": timeout, "settle": "1h",
            }));
            assert!(matches!(settings.check(), Err(SettingsError::Timeout(_))), "{timeout}");
        }
    }
}
