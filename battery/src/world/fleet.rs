//! An API and workers, each a process, to be harmed.

use std::sync::Arc;

use super::process::Process;
use super::stage::World;
use crate::error::Error;

/// An API and workers. Who dies is replaced.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) world: Arc<World>,
    pub(crate) api: Process,
    pub(crate) workers: Vec<Process>,
}

impl Fleet {
    /// An API and so many workers: `worker-0`, `worker-1`, …
    pub(crate) async fn start(world: &Arc<World>, workers: usize) -> Result<Self, Error> {
        let api = world.start_api().await?;
        let start = |number| world.start_worker(&format!("worker-{number}"), &[]);
        let workers = (0..workers).map(start).collect::<Result<_, Error>>()?;
        Ok(Self { world: Arc::clone(world), api, workers })
    }

    /// Kills the API and starts another. Whether a live one was hit.
    pub(crate) async fn kill_api(&mut self) -> Result<bool, Error> {
        let hit = self.replace_api().await?;
        self.follow_api().await?;
        Ok(hit)
    }

    /// Kills the API and starts another, which callers do not know yet. Whether a live one was hit.
    pub(crate) async fn replace_api(&mut self) -> Result<bool, Error> {
        let next = self.world.role("api", "api").start(self.world.folder())?;
        std::mem::replace(&mut self.api, next).kill().await
    }

    /// Waits until the API listens, and tells callers where.
    pub(crate) async fn follow_api(&mut self) -> Result<(), Error> {
        self.world.api.moved(self.api.url().await?);
        Ok(())
    }

    /// Kills a worker and starts another of its name. Whether a live one was hit.
    pub(crate) async fn kill_worker(&mut self, number: usize) -> Result<bool, Error> {
        let next = self.world.start_worker(&self.workers[number].name, &[])?;
        std::mem::replace(&mut self.workers[number], next).kill().await
    }

    /// All of them.
    pub(crate) fn processes(&mut self) -> impl Iterator<Item = &mut Process> {
        self.workers.iter_mut().chain([&mut self.api])
    }

    /// Kills all; nobody is replaced until another fleet is started. How many live ones were hit.
    pub(crate) async fn kill_all(self) -> Result<u64, Error> {
        let mut hit = 0;
        for process in self.workers.into_iter().chain([self.api]) {
            hit += u64::from(process.kill().await?);
        }
        Ok(hit)
    }

    /// SIGTERM to all: each must end well.
    pub(crate) async fn end(self) -> Result<(), Error> {
        for worker in self.workers {
            worker.end().await?;
        }
        self.api.end().await
    }
}
