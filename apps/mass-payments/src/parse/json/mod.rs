//! `application/json`.

mod document;
mod field;
mod members;
mod visitor;

pub(super) use document::parse;
