//! Opaque bytes that a store keeps: a job's input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes with a checksum: what was written is what is read, or it is not read at all.
///
/// A store neither parses nor changes them. In JSON (a gate's next job) they are base64.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payload {
    bytes: Vec<u8>,
}

/// The bytes are not those that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored bytes do not match their checksum (stored {stored:08x}, found {found:08x})")]
pub struct PayloadError {
    /// The checksum kept with the bytes.
    pub stored: u32,
    /// The checksum of the bytes as they are now.
    pub found: u32,
}

impl Payload {
    /// New bytes.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// The JSON text of a value.
    pub fn json<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(value).map(Self::new)
    }

    /// Bytes from a store, checked against the checksum kept beside them.
    pub fn stored(bytes: Vec<u8>, checksum: u32) -> Result<Self, PayloadError> {
        let payload = Self { bytes };
        let found = payload.checksum();
        if found == checksum { Ok(payload) } else { Err(PayloadError { stored: checksum, found }) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// CRC-32 (IEEE) of the bytes: finds rot, not malice.
    pub fn checksum(&self) -> u32 {
        crc32fast::hash(&self.bytes)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.bytes))
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self::new).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_found() {
        let payload = Payload::new(b"pay 100".to_vec());
        let error = Payload::stored(b"pay 900".to_vec(), payload.checksum()).unwrap_err();
        assert_eq!(error.stored, payload.checksum());
    }

    #[test]
    fn bytes_survive_json() {
        let payload = Payload::new(vec![0, 159, 146, 150, 34]);
        let text = serde_json::to_string(&payload).unwrap();
        assert_eq!(serde_json::from_str::<Payload>(&text).unwrap(), payload);
    }
}
