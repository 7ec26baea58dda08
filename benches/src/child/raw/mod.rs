//! The raw limits: bare SQLite that writes the same rows into the same tables and indexes, with
//! the store's settings, on one thread, and decides nothing.

mod connection;
pub(super) mod drain;
pub(super) mod enqueue;
pub(super) mod pick_up;
mod rows;
