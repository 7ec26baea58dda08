//! What is measured in a process of its own, so that memory and processor time are its alone: the
//! program starts itself again as this, and reads one line of JSON.

mod disk;
mod drain;
mod enqueue;
mod growth;
mod nothing;
mod pick_up;
mod raw;
mod sample;
mod stopwatch;
mod store;

use std::path::PathBuf;

use clap::Subcommand;

use crate::bare;
use crate::error::Error;
use crate::output;

pub(crate) use sample::Sample;

/// What a process of its own does.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Child {
    /// Serves: answers, and does nothing else.
    Hello,
    /// Serves: writes the same rows as the service, and does nothing else.
    GroupCommit { database: PathBuf },
    /// Enqueues jobs.
    Enqueue(enqueue::Enqueue),
    /// Inserts the same rows.
    RawEnqueue(raw::enqueue::RawEnqueue),
    /// Claims and finishes jobs that do nothing.
    Drain(drain::Drain),
    /// Claims and finishes the same rows.
    RawDrain(raw::drain::RawDrain),
    /// Enqueues jobs at a pace.
    Send(pick_up::Send),
    /// Runs them, and says how long each waited.
    PickUp(pick_up::PickUp),
    /// Commits one row at a pace, and says how long each commit took.
    RawPickUp(pick_up::Send),
    /// Finishes and prunes jobs, and says how large the file is.
    Growth(growth::Growth),
}

/// Does it, and says what it took.
pub(crate) async fn run(child: &Child) -> Result<(), Error> {
    let sample = match child {
        Child::Hello => return bare::serve("hello", bare::hello()).await,
        Child::GroupCommit { database } => {
            return bare::serve("group commit", bare::group_commit(database).await?).await;
        }
        Child::Enqueue(it) => enqueue::run(it).await?,
        Child::RawEnqueue(it) => raw::enqueue::run(it).await?,
        Child::Drain(it) => drain::run(it).await?,
        Child::RawDrain(it) => raw::drain::run(it)?,
        Child::Send(it) => pick_up::send_all(it).await?,
        Child::PickUp(it) => pick_up::run(it).await?,
        Child::RawPickUp(it) => raw::pick_up::run(it).await?,
        Child::Growth(it) => growth::run(it).await?,
    };
    output::json(&sample)
}
