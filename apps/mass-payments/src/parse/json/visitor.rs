//! How a JSON value is read whose type is not believed: what is expected goes
//! where it belongs, anything else is skipped and its type remembered. Nothing
//! is built for what is skipped, so that a hostile body costs no memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A mass payment needs four levels.
const MAX_DEPTH: usize = 32;

/// What was found in place of a value.
#[derive(Debug)]
pub(super) enum Found {
    Null,
    Bool(bool),
    Text(String),
    Number,
    Array,
    Object,
}

/// Takes arrays or objects to pieces; by default both are only skipped.
pub(super) trait Target: Sized {
    fn take_array<'de, A: SeqAccess<'de>>(
        &mut self,
        elements: Elements<A>,
    ) -> Result<(), A::Error> {
        elements.skip()
    }

    fn take_object<'de, A: MapAccess<'de>>(&mut self, members: Members<A>) -> Result<(), A::Error> {
        members.skip()
    }
}

/// Expects neither an array nor an object.
pub(super) struct Scalar;

impl Target for Scalar {}

/// Reads one value into its target.
pub(super) struct Value<'t, T> {
    target: &'t mut T,
    depth: usize,
}

impl<'t, T: Target> Value<'t, T> {
    /// The outermost value of a document.
    pub(super) fn document(target: &'t mut T) -> Self {
        Self { target, depth: 0 }
    }
}

/// The elements of an array.
pub(super) struct Elements<A> {
    access: A,
    depth: usize,
}

impl<'de, A: SeqAccess<'de>> Elements<A> {
    pub(super) fn next(&mut self, target: &mut impl Target) -> Result<Option<Found>, A::Error> {
        self.access.next_element_seed(Value { target, depth: self.depth })
    }

    fn skip(mut self) -> Result<(), A::Error> {
        while self.next(&mut Scalar)?.is_some() {}
        Ok(())
    }
}

/// The members of an object.
pub(super) struct Members<A> {
    access: A,
    depth: usize,
}

impl<'de, A: MapAccess<'de>> Members<A> {
    pub(super) fn next_name(&mut self) -> Result<Option<String>, A::Error> {
        self.access.next_key()
    }

    pub(super) fn value(&mut self, target: &mut impl Target) -> Result<Found, A::Error> {
        self.access.next_value_seed(Value { target, depth: self.depth })
    }

    fn skip(mut self) -> Result<(), A::Error> {
        while self.next_name()?.is_some() {
            self.value(&mut Scalar)?;
        }
        Ok(())
    }
}

fn deeper<E: Error>(depth: usize) -> Result<usize, E> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(E::custom(format_args!("the document is nested deeper than {MAX_DEPTH} levels")))
    }
}

impl<'de, T: Target> DeserializeSeed<'de> for Value<'_, T> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Target> Visitor<'de> for Value<'_, T> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Found, E> {
        Ok(Found::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Found, E> {
        Ok(Found::Bool(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Found, E> {
        Ok(Found::Text(value.to_owned()))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Found, E> {
        Ok(Found::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Found, E> {
        Ok(Found::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Found, E> {
        Ok(Found::Number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Found, A::Error> {
        self.target.take_array(Elements { access, depth: deeper(self.depth)? })?;
        Ok(Found::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Found, A::Error> {
        self.target.take_object(Members { access, depth: deeper(self.depth)? })?;
        Ok(Found::Object)
    }
}
