//! How many jobs may run: over all queues, and in each.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use deferral_core::QueueName;
use deferral_core::canary::{self, Canary};

use crate::settings::QueueSettings;
use crate::sync::{Mutex, Notify};

/// The slots of one worker.
#[derive(Debug)]
pub(crate) struct Slots {
    total: usize,
    queues: Vec<QueueSettings>,
    used: Mutex<HashMap<QueueName, usize>>,
    freed: Notify,
}

/// A slot taken by one job; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    queue: QueueName,
}

/// Queues to claim from together, and how many jobs at most.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) queues: Vec<QueueName>,
    pub(crate) limit: usize,
}

impl Slots {
    pub(crate) fn new(total: usize, queues: Vec<QueueSettings>) -> Self {
        Self { total, queues, used: Mutex::default(), freed: Notify::new() }
    }

    /// What may be claimed next, in the order of the queues. Queues without a limit of their own
    /// that follow each other are claimed from together, in one round trip.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.total.saturating_sub(used.values().sum());
        let mut demands: Vec<Demand> = Vec::new();
        let mut shared = false;
        for queue in &self.queues {
            let of_queue = used.get(&queue.name).copied().unwrap_or(0);
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
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        self.total.saturating_sub(used.values().sum())
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.free() == self.total
    }

    pub(crate) fn take(self: &Arc<Self>, queue: QueueName) -> Slot {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used.entry(queue.clone()).or_default() += 1;
        Slot { slots: self.clone(), queue }
    }

    /// Waits until a slot was freed since the last call.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut used = self.slots.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = used.get_mut(&self.queue) {
            *count = count.saturating_sub(if canary::is(Canary::DoubleFree) { 2 } else { 1 });
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
        let slots = Arc::new(Slots::new(3, vec![queue("high", None), queue("low", None)]));
        let _slot = slots.take(QueueName::new("low").unwrap());
        assert_eq!(slots.demands(), [demand(&["high", "low"], 2)]);
    }

    #[test]
    fn a_queue_with_a_limit_never_takes_more() {
        let queues = vec![queue("high", None), queue("slow", Some(1)), queue("low", None)];
        let slots = Arc::new(Slots::new(4, queues));
        let slot = slots.take(QueueName::new("slow").unwrap());
        assert_eq!(slots.demands(), [demand(&["high"], 3), demand(&["low"], 3)]);
        drop(slot);
        assert_eq!(
            slots.demands(),
            [demand(&["high"], 4), demand(&["slow"], 1), demand(&["low"], 4)]
        );
    }

    #[test]
    fn nothing_is_demanded_when_all_slots_are_taken() {
        let slots = Arc::new(Slots::new(1, vec![queue("high", None)]));
        let _slot = slots.take(QueueName::new("high").unwrap());
        assert_eq!(slots.demands(), []);
    }
}
