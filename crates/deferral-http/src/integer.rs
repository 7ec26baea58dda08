//! Integers as JSON Schema has them: `3.0` is one. serde takes only `3`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

/// For `#[serde(deserialize_with = "deserialize_integer")]` on an integer field.
pub fn deserialize_integer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    deserializer.deserialize_any(Integers::<T>(PhantomData))
}

/// The same for a list of integers.
pub fn deserialize_integers<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    deserializer.deserialize_seq(Lists::<T>(PhantomData))
}

struct Integers<T>(PhantomData<T>);

impl<T: TryFrom<i64>> Visitor<'_> for Integers<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let narrow = i64::try_from(number).ok().and_then(|number| T::try_from(number).ok());
        narrow.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        // Beyond 2^53 neighbors of a float are integers that it can't tell apart.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() != 0.0 || number.abs() > EXACT {
            return Err(E::invalid_value(Unexpected::Float(number), &self));
        }
        #[expect(clippy::cast_possible_truncation, reason = "a whole number that i64 has room for")]
        self.visit_i64(number as i64)
    }
}

struct Lists<T>(PhantomData<T>);

impl<'de, T: TryFrom<i64>> Visitor<'de> for Lists<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of integers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut numbers = Vec::new();
        while let Some(One(number)) = list.next_element()? {
            numbers.push(number);
        }
        Ok(numbers)
    }
}

/// An integer inside of something else, such as a map.
#[derive(Serialize)]
#[serde(transparent)]
struct One<T>(T);

impl<'de, T: TryFrom<i64>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_integer(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Body {
        #[serde(deserialize_with = "deserialize_integer")]
        items: u16,
        #[serde(default, deserialize_with = "deserialize_integers")]
        of: Vec<u8>,
    }

    fn read(text: &str) -> Result<Body, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        let three = Ok(Body { items: 3, of: vec![1, 2] });
        assert_eq!(read(r#"{"items": 3, "of": [1, 2]}"#), three);
        assert_eq!(read(r#"{"items": 3.0, "of": [1e0, 2.0]}"#), three);
    }

    #[test]
    fn other_numbers_are_refused() {
        for number in ["3.5", "-1", "70000", "1e300", "\"3\"", "null", "18446744073709551615"] {
            let error = read(&format!(r#"{{"items": {number}}}"#)).unwrap_err();
            assert!(error.contains("expected an integer"), "{error}");
        }
        assert!(read(r#"{"items": 1, "of": [256]}"#).is_err());
    }
}
