//! Misbehavior told in advance: `create:lost_after,confirm:unavailable`.

use std::str::FromStr;

use crate::misbehavior::{Endpoint, Misbehavior};

/// Loses the answer of a create that was done, then refuses one confirm for the moment and
/// lets another hang: a client must look up, wait as told, and ask before it repeats.
pub const GENTLE: [(Endpoint, Misbehavior); 3] = [
    (Endpoint::Create, Misbehavior::LostAfter),
    (Endpoint::Confirm, Misbehavior::Unavailable),
    (Endpoint::Confirm, Misbehavior::Hang),
];

/// Misbehaviors in order, each consumed by the next request to its endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script(Vec<(Endpoint, Misbehavior)>);

/// What cannot be read as a script.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// A line without a colon.
    #[error("`{0}` is not of the form endpoint:misbehavior")]
    Form(String),
    /// A first word that names no endpoint.
    #[error("`{0}` is no endpoint; there are create, confirm, cancel, lookup, show and lines")]
    Endpoint(String),
    /// A second word that names no misbehavior.
    #[error(
        "`{0}` is no misbehavior; there are lost_before, lost_after, late, error_before, \
         error_after, throttled, unavailable, hang, garbage, half, stale and no_lookup"
    )]
    Misbehavior(String),
    /// Two words that do not go together.
    #[error("`{0}`: this endpoint can't misbehave so")]
    Misfit(String),
}

impl Script {
    /// A script of these lines.
    #[must_use]
    pub fn new(lines: impl IntoIterator<Item = (Endpoint, Misbehavior)>) -> Self {
        Self(lines.into_iter().collect())
    }

    /// This script, then the other.
    #[must_use]
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn take(&mut self, endpoint: Endpoint) -> Option<Misbehavior> {
        let next = self.0.iter().position(|line| line.0 == endpoint)?;
        Some(self.0.remove(next).1)
    }

    /// What has not been consumed yet.
    pub(crate) fn pending(&self) -> Vec<String> {
        let line = |(endpoint, misbehavior): &(Endpoint, Misbehavior)| {
            format!("{}:{}", endpoint.name(), misbehavior.name())
        };
        self.0.iter().map(line).collect()
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let lines = text.split(',').map(str::trim).filter(|line| !line.is_empty());
        lines.map(line).collect::<Result<_, _>>().map(Self)
    }
}

fn line(text: &str) -> Result<(Endpoint, Misbehavior), ScriptError> {
    let (left, right) = text.split_once(':').ok_or_else(|| ScriptError::Form(text.into()))?;
    let endpoint = Endpoint::ALL
        .into_iter()
        .find(|endpoint| endpoint.name() == left)
        .ok_or_else(|| ScriptError::Endpoint(left.into()))?;
    let misbehavior = Misbehavior::ALL
        .into_iter()
        .find(|misbehavior| misbehavior.name() == right)
        .ok_or_else(|| ScriptError::Misbehavior(right.into()))?;
    if misbehavior.fits(endpoint) {
        Ok((endpoint, misbehavior))
    } else {
        Err(ScriptError::Misfit(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_consumed_by_its_own_endpoint_in_order() {
        let mut script: Script =
            "confirm:unavailable, create:lost_after,confirm:hang".parse().unwrap();
        assert_eq!(script.take(Endpoint::Create), Some(Misbehavior::LostAfter));
        assert_eq!(script.take(Endpoint::Create), None);
        assert_eq!(script.take(Endpoint::Confirm), Some(Misbehavior::Unavailable));
        assert_eq!(script.pending(), ["confirm:hang"]);
    }

    #[test]
    fn an_unreadable_line_is_named() {
        let check = |text: &str, error| assert_eq!(text.parse::<Script>(), Err(error));
        check("create", ScriptError::Form("create".into()));
        check("make:late", ScriptError::Endpoint("make".into()));
        check("create:slow", ScriptError::Misbehavior("slow".into()));
        check("create:stale", ScriptError::Misfit("create:stale".into()));
        check("show:late", ScriptError::Misfit("show:late".into()));
        check("show:no_lookup", ScriptError::Misfit("show:no_lookup".into()));
    }

    #[test]
    fn an_empty_script_is_well_behaved() {
        assert_eq!("".parse::<Script>(), Ok(Script::default()));
    }
}
