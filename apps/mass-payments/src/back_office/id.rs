//! What the back office calls a mass payment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const LONGEST: usize = 64;

/// The back office's own id of a mass payment. It stands in the paths of requests, so it is
/// letters, digits, `-` and `_` only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9A-Za-z_-]{1,64}$"))]
pub(crate) struct BackOfficeId(String);

/// An id that can't stand in a path.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to {LONGEST} letters, digits, \"-\" and \"_\"")]
pub(crate) struct NoId;

impl BackOfficeId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BackOfficeId {
    type Error = NoId;

    fn try_from(text: String) -> Result<Self, NoId> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let fits = !text.is_empty() && text.len() <= LONGEST && text.bytes().all(good);
        if fits { Ok(Self(text)) } else { Err(NoId) }
    }
}

impl From<BackOfficeId> for String {
    fn from(id: BackOfficeId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_stand_in_a_path() {
        for text in ["7", "0198-ab_C", &"x".repeat(64)] {
            assert_eq!(BackOfficeId::try_from(text.to_owned()).unwrap().as_str(), text);
        }
        for text in ["", ".", "..", "a/b", "a?b", "ä", &"x".repeat(65)] {
            assert_eq!(BackOfficeId::try_from(text.to_owned()), Err(NoId), "{text}");
        }
    }
}
