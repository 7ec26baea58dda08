//! The jobs that run in a worker, for whoever must name them although their threads are blocked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deferral_core::JobId;

/// The jobs that run, and how many attempts of each: one that was lost may still be stopping.
#[derive(Default)]
pub(crate) struct Running(Mutex<HashMap<JobId, usize>>);

/// An attempt that runs until this is dropped.
pub(crate) struct Runs {
    running: Arc<Running>,
    job: JobId,
}

impl Running {
    /// An attempt of this job begins.
    pub(crate) fn begin(self: &Arc<Self>, job: JobId) -> Runs {
        *self.lock().entry(job).or_default() += 1;
        Runs { running: self.clone(), job }
    }

    /// All that run now, in order.
    pub(crate) fn jobs(&self) -> Vec<JobId> {
        let mut jobs: Vec<JobId> = self.lock().keys().copied().collect();
        jobs.sort_unstable();
        jobs
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        let mut jobs = self.running.lock();
        if let Some(attempts) = jobs.get_mut(&self.job) {
            *attempts -= 1;
            if *attempts == 0 {
                jobs.remove(&self.job);
            }
        }
    }
}
