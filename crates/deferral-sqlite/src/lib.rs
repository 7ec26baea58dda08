//! The embedded store of Deferral: one SQLite file, for one host.
//!
//! All that is written goes through one thread, in groups that share a transaction and a flush to
//! the disk (`writer`); what each verb does inside it stands in `write`, what only reads in `read`,
//! the statements in `queries/`, the schema in `migrations/`. Two processes may share the file:
//! they write in turn (`turn`), wake each other (`hints`), and see at once when the other's
//! workers are dead (`worker_locks`).
//!
//! Every commit is flushed before it is acknowledged. Claims, heartbeats and maintenance are not
//! flushed by themselves: the log keeps its order, so the next commit flushes them before anything
//! can rest on them, and a loss of power that takes them takes all workers too.
//!
//! Beside `deferral.db` stand SQLite's own `-wal` and `-shm`, and of this store `-lock` (who has
//! it open, and whether the last one closed it), `-turn` (whose turn it is to write), `-workers`
//! (a lock for each worker) and `-wake` (a socket for each process). A backup needs none of them.

mod boot;
mod connection;
mod counts;
mod disk;
mod encode;
mod error;
mod handover;
mod held;
mod hints;
mod migrate;
mod open;
mod options;
mod patience;
mod query;
mod queue;
mod read;
mod reader;
mod registered;
mod request;
mod row;
mod socket_path;
mod statements;
mod store;
mod transaction;
mod turn;
mod wake;
mod worker_locks;
mod write;
mod writer;

pub use options::{Options, Synchronous};
pub use store::SqliteStore;
