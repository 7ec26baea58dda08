//! How much memory and how many files a process holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::Error;

/// What it held at one moment, or at most.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) memory: u64,
    pub(super) files: u64,
}

/// One process, measured.
#[derive(Debug, Clone)]
pub(super) struct Gauge {
    id: u32,
    pub(super) before: Held,
}

impl Gauge {
    pub(super) fn of(id: Option<u32>) -> Result<Self, Error> {
        let gone = || Error::Unexpected {
            what: "measuring the API".to_owned(),
            why: "it is gone".to_owned(),
        };
        let id = id.ok_or_else(gone)?;
        let before = held(id).ok_or_else(gone)?;
        Ok(Self { id, before })
    }

    /// The most that it held until it is over.
    pub(super) async fn watch(self, over: Arc<AtomicBool>) -> Held {
        let mut most = self.before;
        while !over.load(Ordering::SeqCst) {
            if let Some(now) = held(self.id) {
                most.memory = most.memory.max(now.memory);
                most.files = most.files.max(now.files);
            }
            sleep(Duration::from_millis(100)).await;
        }
        most
    }

    /// Whether it lets go of what it held.
    pub(super) async fn returns_to_few_files(&self, more: u64) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        while held(self.id).is_none_or(|now| now.files > self.before.files + more) {
            if Instant::now() > deadline {
                return false;
            }
            sleep(Duration::from_millis(100)).await;
        }
        true
    }
}

fn held(id: u32) -> Option<Held> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let memory = line.split_whitespace().next()?.parse::<u64>().ok()? * 1024;
    let files = std::fs::read_dir(format!("/proc/{id}/fd")).ok()?.count() as u64;
    Some(Held { memory, files })
}
