//! Names that people give: tenants, kinds, queues. And priority, the other half of a queue.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that is empty, too long, or has a character that a name can't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {name:?} must be 1 to 64 of a-z, 0-9, '.', '_' and '-'")]
pub struct NameError {
    what: &'static str,
    name: String,
}

const LONGEST: usize = 64;

fn is_name(text: &str) -> bool {
    let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(good)
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the name: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`.
            pub fn new(name: &str) -> Result<Self, NameError> {
                if is_name(name) {
                    Ok(Self(name.into()))
                } else {
                    Err(NameError { what: $what, name: name.chars().take(2 * LONGEST).collect() })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// Whose data it is. Tenants never see each other's operations.
    Tenant,
    "tenant"
);
name!(
    /// Which handler runs a job, such as `mass_payment.create`.
    Kind,
    "kind"
);
name!(
    /// Where jobs wait. A worker reads the queues it names, in the order in which it names them.
    QueueName,
    "queue"
);

impl Default for Tenant {
    /// The tenant of a service without API keys.
    fn default() -> Self {
        Self("default".into())
    }
}

impl Default for QueueName {
    fn default() -> Self {
        Self("default".into())
    }
}

/// Which of the jobs waiting in one queue runs first: the lowest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(pub u8);

impl Priority {
    /// Before all usual work.
    pub const HIGH: Self = Self(10);
    /// Usual work.
    pub const NORMAL: Self = Self(100);
    /// After all usual work.
    pub const LOW: Self = Self(200);
}

impl Default for Priority {
    fn default() -> Self {
        Self::NORMAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_are_kept() {
        for name in ["a", "mass_payment.create", "eu-1", &"x".repeat(64)] {
            assert_eq!(Kind::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn bad_names_are_refused_with_the_rule() {
        for name in ["", "A", "a b", "a/b", "ä", "a:b", &"x".repeat(65)] {
            let error = Tenant::new(name).unwrap_err().to_string();
            assert!(error.starts_with("tenant ") && error.contains("1 to 64"), "{error}");
        }
    }
}
