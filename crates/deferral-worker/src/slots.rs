//! How many jobs may run: over all queues, and in each.
//!
//! Unless an operator says how many, it depends on how long they take. More slots make short jobs
//! cheaper: the more of them end together, the fewer transactions there are. But what is in flight
//! when a worker dies is run one at a time afterwards, so many long ones would hold up the rest.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use deferral_core::QueueName;
use deferral_core::canary::{self, Canary};
use tokio::time::Instant;

use crate::settings::QueueSettings;
use crate::sync::{Mutex, MutexGuard, Notify};

/// So many run in any case.
const FEWEST: usize = 32;
/// So many run at most, however short they are.
const MOST: usize = 256;
/// As many as would end within this time, one after the other.
const ALONE: Duration = Duration::from_secs(5);

/// The slots of one worker.
#[derive(Debug)]
pub(crate) struct Slots {
    /// What an operator said.
    fixed: Option<usize>,
    queues: Vec<QueueSettings>,
    used: Mutex<Used>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Used {
    queues: HashMap<QueueName, usize>,
    /// How long a handler takes: each moves it by an eighth of how much it differs.
    takes: Option<Duration>,
    /// How many in a row were short enough for more slots: one more for each.
    short: usize,
    /// Of jobs whose handlers have ended, and whose ends are being written.
    ending: usize,
}

/// A slot taken by one job; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    queue: QueueName,
    taken_at: Instant,
    is_ending: bool,
}

/// Queues to claim from together, and how many jobs at most.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) queues: Vec<QueueName>,
    pub(crate) limit: usize,
}

impl Slots {
    pub(crate) fn new(fixed: Option<usize>, queues: Vec<QueueSettings>) -> Self {
        Self { fixed, queues, used: Mutex::default(), freed: Notify::new() }
    }

    /// What may be claimed next, in the order of the queues. Queues without a limit of their own
    /// that follow each other are claimed from together, in one round trip.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        let used = self.used();
        let free = self.free_of(&used);
        let mut demands: Vec<Demand> = Vec::new();
        let mut shared = false;
        for queue in &self.queues {
            let of_queue = used.queues.get(&queue.name).copied().unwrap_or(0);
            let own = queue.concurrency.map(|limit| limit.saturating_sub(of_queue).min(free));
            match (own, demands.last_mut()) {
                (None, Some(last)) if shared => last.queues.push(queue.name.clone()),
                _ => demands
                    .push(Demand { queues: vec![queue.name.clone()], limit: own.unwrap_or(free) }),
            }
            shared = own.is_none();
        }
        demands.retain(|demand| demand.limit > 0);
        demands
    }

    /// How many more jobs may run.
    pub(crate) fn free(&self) -> usize {
        self.free_of(&self.used())
    }

    fn free_of(&self, used: &Used) -> usize {
        self.total(used).saturating_sub(used.running())
    }

    fn total(&self, used: &Used) -> usize {
        let by_time = |takes: Duration| {
            let many = ALONE.as_micros() / takes.as_micros().max(1);
            let proven = MOST.min(FEWEST.saturating_add(used.short));
            usize::try_from(many).unwrap_or(MOST).clamp(FEWEST, proven)
        };
        self.fixed.unwrap_or_else(|| used.takes.map_or(FEWEST, by_time))
    }

    /// Whether nothing runs, and nothing that ran is still being written.
    pub(crate) fn is_idle(&self) -> bool {
        let used = self.used();
        used.running() + used.ending == 0
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_limited(&self, name: &QueueName) -> bool {
        self.queues.iter().any(|queue| queue.name == *name && queue.concurrency.is_some())
    }

    pub(crate) fn take(self: &Arc<Self>, queue: QueueName) -> Slot {
        *self.used().queues.entry(queue.clone()).or_default() += 1;
        Slot { slots: self.clone(), queue, taken_at: Instant::now(), is_ending: false }
    }

    /// Waits until a slot was freed since the last call.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Used {
    fn running(&self) -> usize {
        self.queues.values().sum()
    }

    fn free(&mut self, queue: &QueueName, took: Duration) {
        self.takes = Some(self.takes.map_or(took, |takes| (takes * 7 + took) / 8));
        let is_short = took.saturating_mul(FEWEST as u32) < ALONE;
        self.short = if is_short { self.short.saturating_add(1) } else { 0 };
        if let Some(count) = self.queues.get_mut(queue) {
            *count = count.saturating_sub(if canary::is(Canary::DoubleFree) { 2 } else { 1 });
        }
    }
}

impl Slot {
    /// The handler has ended, and its end is about to be written: another job may be claimed in
    /// the same transaction. Not more of them than there are slots, so that a store which takes no
    /// ends is given no further jobs; and not where an operator set a limit, which counts what the
    /// store says is running.
    pub(crate) fn end(&mut self) {
        let slots = &self.slots;
        if self.is_ending || slots.fixed.is_some() || slots.is_limited(&self.queue) {
            return;
        }
        let mut used = slots.used();
        if used.ending >= slots.total(&used) {
            return;
        }
        used.ending += 1;
        used.free(&self.queue, self.taken_at.elapsed());
        drop(used);
        self.is_ending = true;
        slots.freed.notify_one();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut used = self.slots.used();
        if self.is_ending {
            used.ending = used.ending.saturating_sub(1);
        } else {
            used.free(&self.queue, self.taken_at.elapsed());
        }
        drop(used);
        self.slots.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, concurrency: Option<usize>) -> QueueSettings {
        QueueSettings { name: QueueName::new(name).unwrap(), concurrency }
    }

    fn demand(names: &[&str], limit: usize) -> Demand {
        let queues = names.iter().map(|name| QueueName::new(name).unwrap()).collect();
        Demand { queues, limit }
    }

    #[test]
    fn queues_without_limits_are_claimed_from_together() {
        let slots = Arc::new(Slots::new(Some(3), vec![queue("high", None), queue("low", None)]));
        let _slot = slots.take(QueueName::new("low").unwrap());
        assert_eq!(slots.demands(), [demand(&["high", "low"], 2)]);
    }

    #[test]
    fn a_queue_with_a_limit_never_takes_more() {
        let queues = vec![queue("high", None), queue("slow", Some(1)), queue("low", None)];
        let slots = Arc::new(Slots::new(Some(4), queues));
        let slot = slots.take(QueueName::new("slow").unwrap());
        assert_eq!(slots.demands(), [demand(&["high"], 3), demand(&["low"], 3)]);
        drop(slot);
        assert_eq!(
            slots.demands(),
            [demand(&["high"], 4), demand(&["slow"], 1), demand(&["low"], 4)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_more_slots_while_jobs_are_short() {
        let slots = Arc::new(Slots::new(None, vec![queue("high", None)]));
        let run = async |long| {
            let slot = slots.take(QueueName::new("high").unwrap());
            tokio::time::advance(Duration::from_millis(long)).await;
            drop(slot);
            slots.free()
        };
        assert_eq!(slots.free(), FEWEST, "nothing is known yet");
        assert_eq!(run(1).await, FEWEST + 1, "one is no proof");
        for _ in 0..MOST {
            run(1).await;
        }
        assert_eq!(slots.free(), MOST);
        for _ in 0..20 {
            run(50).await;
        }
        assert!((100..120).contains(&run(50).await), "what ends within five seconds");
        for _ in 0..20 {
            run(2_000).await;
        }
        assert_eq!(run(2_000).await, FEWEST);
    }

    #[test]
    fn a_job_that_ends_makes_room_before_it_is_written() {
        let slots = Arc::new(Slots::new(None, vec![queue("high", None)]));
        let ended = || {
            let mut slot = slots.take(QueueName::new("high").unwrap());
            slot.end();
            slot
        };
        for _ in 0..MOST {
            drop(ended());
        }
        let ending: Vec<Slot> = (0..MOST).map(|_| ended()).collect();
        assert_eq!(slots.free(), MOST);
        assert!(!slots.is_idle(), "a suspect would not be alone");
        let one_more = ended();
        assert_eq!(slots.free(), MOST - 1, "a store that takes no ends is given no more jobs");
        drop((ending, one_more));
        assert!(slots.is_idle());
    }

    #[test]
    fn an_operators_number_counts_what_is_not_written_yet() {
        let slots = Arc::new(Slots::new(Some(1), vec![queue("high", None)]));
        let mut slot = slots.take(QueueName::new("high").unwrap());
        slot.end();
        assert_eq!(slots.demands(), []);
    }

    #[test]
    fn a_queue_with_a_limit_has_no_room_before_the_end_is_written() {
        let slots = Arc::new(Slots::new(None, vec![queue("slow", Some(1))]));
        let mut slot = slots.take(QueueName::new("slow").unwrap());
        slot.end();
        assert_eq!(slots.demands(), []);
        drop(slot);
        assert_eq!(slots.demands(), [demand(&["slow"], 1)]);
    }

    #[test]
    fn nothing_is_demanded_when_all_slots_are_taken() {
        let slots = Arc::new(Slots::new(Some(1), vec![queue("high", None)]));
        let _slot = slots.take(QueueName::new("high").unwrap());
        assert_eq!(slots.demands(), []);
    }
}
