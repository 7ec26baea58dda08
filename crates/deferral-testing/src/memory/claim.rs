//! Who may run what, and in which order.

use deferral_core::{
    Claim, Claimed, Claims, Effect, EffectState, JobId, JobState, Lease, Priority, QueueName,
    StoredJob, Timestamp, WorkerId,
};
use uuid::Uuid;

use super::state::{Registered, State};

/// The order of a claim: by queue as asked, by priority, by age, by id.
type Place = (usize, Priority, Timestamp, JobId);

impl State {
    /// Gives jobs to a worker whose lease lives: of the queues asked for, and of the kinds and
    /// versions that it declared. Healthy ones, or one suspect.
    pub(super) fn claim(&mut self, claim: &Claim, now: Timestamp) -> Claims {
        let Some(worker) = self.live(claim.worker, now).cloned() else { return Claims::default() };
        let limit = if claim.suspect { claim.limit.min(1) } else { claim.limit };
        let mut places = self.available(&worker, &claim.queues, claim.suspect);
        places.truncate(limit);
        let claimed = places.into_iter().filter_map(|(.., id)| self.hand_out(id, &worker, now));
        Claims {
            claimed: claimed.collect(),
            set_aside: Vec::new(),
            suspects_wait: !self.available(&worker, &claim.queues, true).is_empty(),
        }
    }

    /// The jobs that the worker could run now, first come first.
    fn available(&self, worker: &Registered, queues: &[QueueName], suspect: bool) -> Vec<Place> {
        let runs = |job: &&StoredJob| {
            job.suspect == suspect
                && worker
                    .worker
                    .kinds
                    .iter()
                    .any(|(kind, version)| *kind == job.kind && *version == job.version)
        };
        let place = |job: &StoredJob| {
            let JobState::Available { since } = job.state else { return None };
            let queue = queues.iter().position(|queue| *queue == job.queue)?;
            Some((queue, job.priority, since, job.id))
        };
        let mut places: Vec<Place> = self.jobs.values().filter(runs).filter_map(place).collect();
        places.sort_unstable();
        places
    }

    /// Begins an attempt under the next token.
    fn hand_out(&mut self, id: JobId, to: &Registered, now: Timestamp) -> Option<Claimed> {
        let worker = to.worker.id;
        let job = self.jobs.get_mut(&id)?;
        job.token = job.token.next();
        job.state = JobState::Running { worker, alone: false };
        let job = job.clone();
        let lease = Lease { job: id, token: job.token, worker, expires_at: to.expires_at };
        let operation = job.operation.and_then(|id| self.visible(&job.tenant, id, now));
        let operation = operation.map(|record| record.operation.clone());
        let effects = self.effects_of(Effect::owner(job.operation, job.id));
        let live_senders = self.live_senders(&effects);
        Some(Claimed { job, lease, operation, effects, live_senders })
    }

    pub(super) fn effects_of(&self, owner: Uuid) -> Vec<Effect> {
        let all = self.effects.range((owner, String::new())..);
        all.map(|(_, effect)| effect.clone()).take_while(|effect| effect.owner == owner).collect()
    }

    /// A sender lives until its process left or is known to be dead. That its lease is over says
    /// nothing: it may be stopped, and about to go on.
    fn live_senders(&self, effects: &[Effect]) -> Vec<WorkerId> {
        let mut senders: Vec<WorkerId> = effects.iter().filter_map(sender).collect();
        senders.sort_unstable();
        senders.dedup();
        senders.retain(|sender| self.workers.contains_key(sender));
        senders
    }
}

const fn sender(effect: &Effect) -> Option<WorkerId> {
    match effect.state {
        EffectState::Sending { worker, .. } => Some(worker),
        EffectState::Unknown { sender, .. } => sender,
        EffectState::Planned | EffectState::Confirmed { .. } | EffectState::Rejected(_) => None,
    }
}
