//! What a history has met so far, and how its small numbers become things.

use std::time::Duration;

use deferral_core::{
    Claimed, Due, JobId, Kind, NewJob, OperationId, Payload, Priority, QueueName, Tenant, WorkerId,
};

use super::step::{Pick, Work};
use crate::Factory;
use crate::factory::{kind, queue, tenant};

/// So many of each sort are remembered.
const REMEMBERED: usize = 48;

/// What a history has met so far: the latest of each sort.
#[derive(Default)]
pub(super) struct World {
    pub(super) make: Factory,
    pub(super) workers: Vec<WorkerId>,
    pub(super) operations: Vec<(Tenant, OperationId)>,
    pub(super) jobs: Vec<JobId>,
    pub(super) attempts: Vec<Claimed>,
}

/// Meets one more thing, and forgets the oldest if there are too many.
pub(super) fn meet<T>(met: &mut Vec<T>, thing: T) {
    if met.len() == REMEMBERED {
        met.remove(0);
    }
    met.push(thing);
}

/// Makes a thing the oldest that is remembered: what has ended is seldom meant.
pub(super) fn retire<T>(met: &mut [T], is: impl Fn(&T) -> bool) {
    if let Some(at) = met.iter().position(is) {
        met[..=at].rotate_right(1);
    }
}

/// The thing that is meant.
pub(super) fn pick<T>(met: &[T], pick: Pick) -> Option<&T> {
    met.iter().rev().nth(usize::from(pick).checked_rem(met.len())?)
}

pub(super) fn tenants(number: u8) -> Tenant {
    tenant(if number.is_multiple_of(4) { "acme" } else { "default" })
}

/// The kinds and versions of the world.
pub(super) fn kinds() -> [(Kind, u32); 3] {
    [(kind("a"), 1), (kind("a"), 2), (kind("b"), 1)]
}

/// The queues that a claim of this number asks for.
pub(super) fn queues(number: u8) -> Vec<QueueName> {
    let (one, two) = (queue("one"), queue("two"));
    match number % 4 {
        0 => vec![one, two],
        1 => vec![two, one],
        2 => vec![one],
        _ => vec![two],
    }
}

pub(super) fn seconds(number: u8) -> Duration {
    Duration::from_secs(u64::from(number))
}

impl World {
    /// A job as it is enqueued.
    pub(super) fn job(&mut self, work: &Work) -> NewJob {
        let number = usize::from(work.kind) % kinds().len();
        let (kind, version) = kinds()[number].clone();
        let id = self.make.job_id();
        meet(&mut self.jobs, id);
        NewJob {
            id,
            tenant: tenants(work.tenant),
            operation: None,
            kind,
            version,
            input: Payload::new((0..work.bytes).map(|byte| byte.wrapping_mul(37)).collect()),
            queue: queue(if work.queue.is_multiple_of(3) { "two" } else { "one" }),
            priority: Priority(work.priority % 3),
            due: if work.due == 0 { Due::Now } else { Due::After(seconds(work.due)) },
            stage: work.bytes.is_multiple_of(2).then(|| format!("stage {}", work.bytes % 5)),
            trace: None,
        }
    }
}
