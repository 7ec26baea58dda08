//! Whether a type is read from a JSON object. serde takes an array for a struct too, field by
//! field; in an API that is an accident.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// Whether `T` asks for an object first of all.
pub(crate) fn is_object<'de, T: Deserialize<'de>>() -> bool {
    matches!(T::deserialize(Probe), Err(Asked::ForObject))
}

/// Reads nothing: only notes what it is asked for.
struct Probe;

#[derive(Debug)]
enum Asked {
    ForObject,
    Otherwise,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Asked {}

impl Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Otherwise
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked::Otherwise)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked::ForObject)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Order {
        _cents: u64,
    }

    #[test]
    fn a_struct_is_an_object_and_a_list_is_none() {
        assert!(is_object::<Order>());
        assert!(!is_object::<Vec<Order>>() && !is_object::<serde_json::Value>());
    }
}
