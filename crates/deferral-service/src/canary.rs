//! Which deliberate mistake this build makes: `DEFERRAL_CANARY` says it by name.

use deferral_core::canary::{UnknownCanary, choose};

use crate::output;

const VARIABLE: &str = "DEFERRAL_CANARY";

/// A canary that can't be chosen.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// None has this name.
    #[error("{VARIABLE}: {0}")]
    Unknown(#[from] UnknownCanary),
    /// Its name can't be read.
    #[error("{VARIABLE}: it is no text")]
    NoText,
}

/// Has this process make the mistake from now on, and say so; none when the variable is not set.
///
/// # Errors
/// When the variable names none.
pub fn choose_canary() -> Result<(), CanaryError> {
    match std::env::var(VARIABLE) {
        Ok(name) => {
            let canary = choose(&name)?;
            output::error(&format!("this build makes a mistake on purpose: {}", canary.name()));
            Ok(())
        }
        Err(std::env::VarError::NotPresent) => Ok(()),
        Err(std::env::VarError::NotUnicode(_)) => Err(CanaryError::NoText),
    }
}
