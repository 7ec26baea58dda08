//! What is wrong with one part of a request.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldError {
    /// Which part, as a JSON pointer: `/payments/7/amount`.
    pub pointer: String,
    /// In `PascalCase`, stable, part of the API.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// What else helps to find it, such as a `line_id`.
    pub extra: Map<String, Value>,
}

impl FieldError {
    /// An error of this code at this JSON pointer.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (pointer, code, message) = (pointer.into(), code.into(), message.into());
        Self { pointer, code, message, extra: Map::new() }
    }

    /// Adds a member that helps to find the part.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }
}

/// As an entry of `errors`.
impl Serialize for FieldError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("pointer", &format_args!("#{}", self.pointer))?;
        map.serialize_entry("detail", &self.message)?;
        map.serialize_entry("code", &self.code)?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
