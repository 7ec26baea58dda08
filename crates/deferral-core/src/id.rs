//! Identities. Each is a UUID; operations and jobs use version 7, so that newer ones sort later.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A version 7 UUID of this time and these random bytes (74 bits of them count), so that the
            /// id can't be guessed and the caller owns clock and dice.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid())
            }

            /// An id made elsewhere.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// Which operation: what an API caller follows. It ends the URL of its status document.
    OperationId
);
id!(
    /// Which job.
    JobId
);
id!(
    /// Which worker: one registration of one process. A process that lost its lease registers
    /// anew, under a new id; ids are never reused.
    WorkerId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_ids_sort_later() {
        let old = JobId::new(Timestamp::from_micros(1_000_000), [255; 10]);
        let new = JobId::new(Timestamp::from_micros(1_001_000), [0; 10]);
        assert!(old < new);
        assert_eq!(old.as_uuid().get_version_num(), 7);
    }
}
