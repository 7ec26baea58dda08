//! The whole way of a request, from its bytes to a mass payment or its errors.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

mod back_office;
mod cancel;
mod contradictions;
mod csv;
mod errors;
mod fingerprint;
mod json;
mod life;
mod misbehaving;
mod mutations;
mod properties;
mod request;
mod requests;
mod restarts;
mod sample;
mod schema;
mod settings;
mod unasked;
mod world;
