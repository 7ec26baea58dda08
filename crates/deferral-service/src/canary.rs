//! Which deliberate mistake this build makes: `DEFERRAL_CANARY` says it by name.

use deferral_core::canary::{UnknownCanary, choose as choose_named};

use crate::output;

const VARIABLE: &str = "DEFERRAL_CANARY";

/// A canary that can't be chosen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CanaryError {
    #[error("{VARIABLE}: {0}")]
    Unknown(#[from] UnknownCanary),
    #[error("{VARIABLE}: it is no text")]
    NoText,
}

/// Makes the mistake from now on, and says so; makes none when the variable is not set.
pub(crate) fn choose() -> Result<(), CanaryError> {
    match std::env::var(VARIABLE) {
        Ok(name) => {
            let canary = choose_named(&name)?;
            output::error(&format!("this build makes a mistake on purpose: {}", canary.name()));
            Ok(())
        }
        Err(std::env::VarError::NotPresent) => Ok(()),
        Err(std::env::VarError::NotUnicode(_)) => Err(CanaryError::NoText),
    }
}
