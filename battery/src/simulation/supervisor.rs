//! Keeps the worker processes of a world going, as a service manager would.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral::core::QueueName;
use deferral::core::transition::CrashBudget;
use deferral::worker::{QueueSettings, Settings, Worker, WorkerError};
use tokio::sync::Notify;

use super::process::{Doing, Process};
use super::store::Way;
use super::work;
use super::world::World;

/// How long leases live.
pub(crate) const LEASE: Duration = Duration::from_secs(3);

/// How many jobs run in one worker: of this queue, or in all.
pub(crate) fn limit(queue: Option<&QueueName>) -> usize {
    match queue {
        Some(queue) if queue.as_str() == work::NARROW => 1,
        _ => 3,
    }
}

/// Where a process runs, one life after the other.
pub(crate) struct Place {
    name: u64,
    process: Mutex<Arc<Process>>,
    restart: Notify,
}

impl Place {
    pub(crate) fn new(name: u64) -> Self {
        let process = Mutex::new(Arc::new(Process::new(name)));
        Self { name, process, restart: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process that runs here now.
    pub(crate) fn process(&self) -> Arc<Process> {
        self.lock().clone()
    }

    /// Asks the process to end, and to be started again.
    pub(crate) fn restart(&self) {
        self.restart.notify_one();
    }
}

/// Runs a place for as long as its world lasts.
pub(crate) async fn supervise(world: Arc<World>, place: Arc<Place>) {
    loop {
        let process = Arc::new(Process::new(place.name));
        *place.lock() = Arc::clone(&process);
        world.say(place.name, 0x700, || "starts".to_owned());
        let worker = match worker(&world, &process) {
            Ok(worker) => worker,
            Err(error) => return world.breaks(error.to_string()),
        };
        let ending = Arc::clone(&place);
        let stop = async move { ending.restart.notified().await };
        let living = Doing::new(Arc::clone(&process), async move { worker.run(stop).await });
        tokio::select! {
            biased;
            () = process.death() => {}
            _ended = living => {}
        }
        process.die();
        world.say(place.name, 0x701, || "is gone".to_owned());
        bury(&world, &process).await;
        let most = if world.is_calm() { 10 } else { 2_000 };
        tokio::time::sleep(world.dice.millis(0, most)).await;
    }
}

fn worker(world: &Arc<World>, process: &Arc<Process>) -> Result<Worker, WorkerError> {
    let store = Arc::new(Way::of(Arc::clone(world), Arc::clone(process)));
    let queue = |name, concurrency| QueueSettings { name, concurrency };
    let narrow = work::narrow();
    let narrow_limit = Some(limit(Some(&narrow)));
    let settings = Settings {
        name: format!("worker.{}", process.name),
        queues: vec![queue(QueueName::default(), None), queue(narrow, narrow_limit)],
        concurrency: Some(limit(None)),
        lease: LEASE,
        grace: Duration::from_secs(2),
        crash_budget: CrashBudget::default(),
        ..Settings::default()
    };
    let registry = work::registry(world, process)?;
    let (dice, around) = (Arc::clone(world), Arc::clone(process));
    Ok(Worker::new(store, registry, settings)?
        .rolling(move || dice.dice.number())
        .within(move |task| Box::pin(Doing::new(Arc::clone(&around), task))))
}

/// The store learns of a death: at once, as from a freed file lock, or later. Until then it must
/// take the dead for somebody who stands still.
async fn bury(world: &World, process: &Process) {
    let unseen = !world.is_calm() && world.dice.chance(300);
    let late = world.dice.millis(0, if unseen { 8_000 } else { 20 });
    tokio::time::sleep(late).await;
    for worker in process.registered() {
        world.memory.kill_worker(worker);
    }
}
