//! A whole document: it is an object, and nothing follows.

use serde::de::DeserializeSeed;

use super::field;
use super::visitor::{Found, Value};
use crate::draft::Draft;
use crate::parse::Malformed;

pub(in crate::parse) fn parse(text: &str) -> Result<Draft, Malformed> {
    let mut draft = Draft::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = Value::document(&mut draft)
        .deserialize(&mut deserializer)
        .and_then(|found| deserializer.end().map(|()| found))
        .map_err(|error| malformed(&error))?;
    match found {
        Found::Object => Ok(draft),
        other => {
            let message = format!("a mass payment is an object, not {}", field::kind(&other));
            Err(Malformed { message, line: 1, column: 1 })
        }
    }
}

fn malformed(error: &serde_json::Error) -> Malformed {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let place = format!(" at line {line} column {column}");
    let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    Malformed { message, line, column }
}
