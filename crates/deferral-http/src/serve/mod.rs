//! The accept loop: connections in, answers out, and nobody who can hold it up.

mod accept_loop;
mod connection;
mod limits;
mod phase;
mod seats;
mod socket;

pub use accept_loop::serve;
pub use limits::Limits;
