//! `info`: queues and workers at one look.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use deferral_core::{KindCount, Overview, Store, Timestamp};
use serde::Serialize;

use super::CommandError;
use crate::config::Span;
use crate::output;

/// The longest bar.
const BAR: u64 = 26;

/// Shows queues and workers.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Show it again and again, so often ("1s").
    #[arg(long)]
    interval: Option<Span>,
    /// Show it as JSON.
    #[arg(long)]
    json: bool,
    /// Show also what is scheduled, running and parked, how long jobs wait, and which jobs no
    /// worker can run.
    #[arg(long)]
    wide: bool,
}

/// What `info` shows.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Info {
    queues: Vec<QueueInfo>,
    workers: Vec<WorkerInfo>,
    /// Waiting jobs of kinds and versions, or in queues, that no worker declares.
    unclaimable: Vec<Unclaimable>,
}

#[derive(Debug, Serialize, PartialEq, Eq, Default, Clone)]
struct QueueInfo {
    name: String,
    available: u64,
    scheduled: u64,
    running: u64,
    parked: u64,
    oldest_seconds: Option<u64>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
struct WorkerInfo {
    name: String,
    state: &'static str,
    running: u64,
    queues: Vec<String>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
struct Unclaimable {
    queue: String,
    kind: String,
    version: u32,
    jobs: u64,
}

pub(crate) async fn run(store: &dyn Store, args: &InfoArgs) -> Result<(), CommandError> {
    loop {
        let info = Info::of(&store.overview().await?, store.now());
        if args.json {
            output::json(&info)?;
        } else {
            output::line(info.text(args.wide).trim_end());
        }
        let Some(Span(interval)) = args.interval else { return Ok(()) };
        tokio::time::sleep(interval.max(Duration::from_millis(100))).await;
        output::line("");
    }
}

impl Info {
    fn of(overview: &Overview, now: Timestamp) -> Self {
        let mut queues: BTreeMap<String, QueueInfo> = BTreeMap::new();
        let mut queue = |name: &str| {
            let named = QueueInfo { name: name.to_owned(), ..QueueInfo::default() };
            queues.entry(name.to_owned()).or_insert(named);
        };
        overview.counts.iter().for_each(|count| queue(count.queue.as_str()));
        overview.workers.iter().flat_map(|it| &it.queues).for_each(|name| queue(name.as_str()));
        for count in &overview.counts {
            let Some(queue) = queues.get_mut(count.queue.as_str()) else { continue };
            match count.state.as_str() {
                "available" => queue.available += count.count,
                "scheduled" => queue.scheduled += count.count,
                "running" => queue.running += count.count,
                _ => queue.parked += count.count,
            }
        }
        for (name, since) in &overview.oldest {
            if let Some(queue) = queues.get_mut(name.as_str()) {
                queue.oldest_seconds = Some(now.since(*since).as_secs());
            }
        }
        let mut queues: Vec<QueueInfo> = queues.into_values().collect();
        queues.sort_by(|a, b| b.available.cmp(&a.available).then_with(|| a.name.cmp(&b.name)));
        Self { queues, workers: workers(overview), unclaimable: unclaimable(overview) }
    }

    fn text(&self, wide: bool) -> String {
        let most = self.queues.iter().map(|queue| queue.available).max().unwrap_or(0);
        let mut lines: Vec<String> =
            self.queues.iter().map(|queue| queue.text(most, wide)).collect();
        let total: u64 = self.queues.iter().map(|queue| queue.available).sum();
        lines.push(format!("{} queues, {total} jobs total", self.queues.len()));
        lines.push(String::new());
        for worker in &self.workers {
            lines.push(format!("{} {}: {}", worker.name, worker.state, worker.queues.join(", ")));
        }
        let read: BTreeSet<&String> = self.workers.iter().flat_map(|it| &it.queues).collect();
        lines.push(format!("{} workers, {} queues", self.workers.len(), read.len()));
        if wide {
            lines.push(String::new());
            lines.extend(self.unclaimable.iter().map(Unclaimable::text));
            if self.unclaimable.is_empty() {
                lines.push("every waiting job can be run by a worker".to_owned());
            }
        }
        lines.join("\n")
    }
}

impl QueueInfo {
    fn text(&self, most: u64, wide: bool) -> String {
        let length = (self.available * BAR + most / 2).checked_div(most).unwrap_or(0);
        // Whoever waits shows, however few they are.
        let length = length.max(u64::from(self.available > 0));
        let bar = "█".repeat(usize::try_from(length).unwrap_or(0));
        let mut text = format!("{:<10} |{bar} {}", self.name, self.available);
        if wide {
            text += &format!(
                "  scheduled {}, running {}, parked {}",
                self.scheduled, self.running, self.parked
            );
            if let Some(oldest) = self.oldest_seconds {
                text += &format!(", oldest waits {oldest} s");
            }
        }
        text
    }
}

impl Unclaimable {
    fn text(&self) -> String {
        format!(
            "no worker can run {} jobs of {} version {} in queue {}",
            self.jobs, self.kind, self.version, self.queue
        )
    }
}

fn workers(overview: &Overview) -> Vec<WorkerInfo> {
    let info = |worker: &deferral_core::Worker| WorkerInfo {
        name: worker.name.clone(),
        state: if worker.running > 0 { "busy" } else { "idle" },
        running: worker.running,
        queues: worker.queues.iter().map(ToString::to_string).collect(),
    };
    overview.workers.iter().map(info).collect()
}

fn unclaimable(overview: &Overview) -> Vec<Unclaimable> {
    let can = |count: &KindCount| {
        overview.workers.iter().any(|worker| {
            worker.queues.contains(&count.queue)
                && worker.kinds.contains(&(count.kind.clone(), count.version))
        })
    };
    let mut jobs: BTreeMap<(String, String, u32), u64> = BTreeMap::new();
    let waiting = |state: &str| state == "available" || state == "scheduled";
    for count in overview.counts.iter().filter(|count| waiting(&count.state) && count.count > 0) {
        if !can(count) {
            let key = (count.queue.to_string(), count.kind.to_string(), count.version);
            *jobs.entry(key).or_default() += count.count;
        }
    }
    let entry = |((queue, kind, version), jobs)| Unclaimable { queue, kind, version, jobs };
    jobs.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use deferral_core::{Kind, QueueName, Worker, WorkerId};

    use super::*;

    fn count(queue: &str, version: u32, state: &str, count: u64) -> KindCount {
        KindCount {
            queue: QueueName::new(queue).unwrap(),
            kind: Kind::new("pay").unwrap(),
            version,
            state: state.to_owned(),
            count,
        }
    }

    fn worker(name: &str, queues: &[&str], running: u64) -> Worker {
        Worker {
            id: WorkerId::new(Timestamp::EPOCH, [0; 10]),
            name: name.to_owned(),
            queues: queues.iter().map(|queue| QueueName::new(queue).unwrap()).collect(),
            kinds: vec![(Kind::new("pay").unwrap(), 1)],
            running,
            expires_at: Timestamp::EPOCH,
        }
    }

    fn overview() -> Overview {
        Overview {
            counts: vec![
                count("default", 1, "available", 8),
                count("high", 1, "available", 20),
                count("low", 1, "available", 12),
                count("low", 1, "running", 1),
            ],
            oldest: Vec::new(),
            workers: vec![
                worker("host.19233", &["low"], 0),
                worker("host.19232", &["high", "default", "low"], 1),
            ],
        }
    }

    #[test]
    fn it_has_exactly_this_shape() {
        let text = Info::of(&overview(), Timestamp::EPOCH).text(false);
        assert_eq!(
            text,
            "high       |██████████████████████████ 20\n\
             low        |████████████████ 12\n\
             default    |██████████ 8\n\
             3 queues, 40 jobs total\n\
             \n\
             host.19233 idle: low\n\
             host.19232 busy: high, default, low\n\
             2 workers, 3 queues"
        );
    }

    #[test]
    fn wide_says_which_jobs_nobody_can_run() {
        let mut overview = overview();
        overview.counts.push(count("high", 2, "available", 7));
        overview.counts.push(count("nightly", 1, "scheduled", 3));
        let text = Info::of(&overview, Timestamp::EPOCH).text(true);
        assert!(text.contains("no worker can run 7 jobs of pay version 2 in queue high"), "{text}");
        assert!(text.contains("no worker can run 3 jobs of pay version 1 in queue nightly"));
    }

    #[test]
    fn an_empty_store_has_a_shape_too() {
        let text = Info::of(&Overview::default(), Timestamp::EPOCH).text(false);
        assert_eq!(text, "0 queues, 0 jobs total\n\n0 workers, 0 queues");
    }
}
