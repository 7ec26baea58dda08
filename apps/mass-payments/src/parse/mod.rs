//! From the bytes of a request to a [`Draft`](crate::Draft). Refused here is
//! only what can't be read as a whole; what is wrong with single fields stays
//! in the draft, so that one answer tells all of it.

mod csv;
mod json;
mod malformed;
mod media_type;
mod request;
mod rfc4180;

pub use malformed::Malformed;
pub use media_type::MediaType;
pub use request::parse;
