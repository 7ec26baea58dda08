//! One member of an object, put into a field of a draft.

use serde::de::MapAccess;

use super::visitor::{Found, Members, Scalar, Target};
use crate::code::Code;
use crate::draft::{Field, UnknownFields};
use crate::line_error::Defect;

impl<'de, A: MapAccess<'de>> Members<A> {
    pub(super) fn text(&mut self, field: &mut Field<String>) -> Result<(), A::Error> {
        field.fill(as_text(self.value(&mut Scalar)?));
        Ok(())
    }

    /// A number has perhaps lost digits already in the caller's own software.
    pub(super) fn amount(&mut self, field: &mut Field<String>) -> Result<(), A::Error> {
        field.fill(match self.value(&mut Scalar)? {
            Found::Number => Field::Wrong(Defect::new(
                Code::AmountIsNumber,
                "amounts are decimal strings, like \"1000.50\"",
            )),
            other => as_text(other),
        });
        Ok(())
    }

    pub(super) fn flag(&mut self, field: &mut Field<bool>) -> Result<(), A::Error> {
        field.fill(match self.value(&mut Scalar)? {
            Found::Null => Field::Null,
            Found::Bool(flag) => Field::Given(flag),
            other => Field::Wrong(unlike("true or false", &other)),
        });
        Ok(())
    }

    pub(super) fn object<T: Target + Default>(
        &mut self,
        field: &mut Field<T>,
    ) -> Result<(), A::Error> {
        let mut target = T::default();
        field.fill(match self.value(&mut target)? {
            Found::Null => Field::Null,
            Found::Object => Field::Given(target),
            other => Field::Wrong(unlike("an object", &other)),
        });
        Ok(())
    }

    pub(super) fn array<T: Target + Default>(
        &mut self,
        field: &mut Field<T>,
    ) -> Result<(), A::Error> {
        let mut target = T::default();
        field.fill(match self.value(&mut target)? {
            Found::Null => Field::Null,
            Found::Array => Field::Given(target),
            other => Field::Wrong(unlike("an array", &other)),
        });
        Ok(())
    }

    pub(super) fn unknown(
        &mut self,
        name: &str,
        unknown: &mut UnknownFields,
    ) -> Result<(), A::Error> {
        unknown.push(name);
        self.value(&mut Scalar)?;
        Ok(())
    }
}

fn as_text(found: Found) -> Field<String> {
    match found {
        Found::Null => Field::Null,
        Found::Text(text) => Field::Given(text),
        other => Field::Wrong(unlike("a string", &other)),
    }
}

pub(super) fn unlike(expected: &str, found: &Found) -> Defect {
    Defect::new(Code::FieldType, format!("must be {expected}, not {}", kind(found)))
}

pub(super) fn kind(found: &Found) -> &'static str {
    match found {
        Found::Null => "null",
        Found::Bool(_) => "a boolean",
        Found::Text(_) => "a string",
        Found::Number => "a number",
        Found::Array => "an array",
        Found::Object => "an object",
    }
}
