//! SIGTERM under load, again and again: everybody is told the truth, nobody holds the process, and
//! what ran goes on elsewhere at once.

mod counted;
mod crowd;
mod stop;
mod stuck;

pub(crate) use stop::SHUTDOWN;
