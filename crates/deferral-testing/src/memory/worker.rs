//! Workers: whose lease lives, and whose is over.

use deferral_core::canary::{self, Canary};
use deferral_core::{
    Heartbeat, JobId, JobState, NewWorker, StoredJob, Timestamp, Token, Worker, WorkerId,
};

use super::state::{Leader, Registered, State};

impl State {
    pub(super) fn register(&mut self, worker: NewWorker, now: Timestamp) -> Timestamp {
        let expires_at = now.after(worker.lease);
        self.workers.insert(worker.id, Registered { worker, expires_at, fenced: false });
        expires_at
    }

    /// The worker, if its process is not known to be gone and its lease is not over.
    pub(super) fn live(&self, id: WorkerId, now: Timestamp) -> Option<&Registered> {
        self.workers.get(&id).filter(|worker| !worker.fenced && now < worker.expires_at)
    }

    pub(super) fn is_live(&self, id: WorkerId, now: Timestamp) -> bool {
        self.live(id, now).is_some()
    }

    pub(super) fn heartbeat(
        &mut self,
        id: WorkerId,
        held: &[(JobId, Token)],
        now: Timestamp,
    ) -> Option<Heartbeat> {
        let expires_at = now.after(self.live(id, now)?.worker.lease);
        self.workers.get_mut(&id)?.expires_at = expires_at;
        let (kept, lost): (Vec<_>, Vec<_>) =
            held.iter().partition(|(job, token)| self.holds(id, *job, *token));
        let to_cancel = |id: &JobId| self.jobs.get(id).is_some_and(|job| job.cancel_requested);
        Some(Heartbeat {
            expires_at,
            lost: lost.into_iter().map(|(job, _)| job).collect(),
            cancel_requested: kept.into_iter().map(|(job, _)| job).filter(to_cancel).collect(),
        })
    }

    fn holds(&self, worker: WorkerId, job: JobId, token: Token) -> bool {
        self.jobs.get(&job).is_some_and(|job| {
            let mine = job.token == token || canary::is(Canary::HeartbeatWithoutToken);
            mine && runs_in(job, worker)
        })
    }

    /// Forgets the worker, because it left or because its process died. What it still held is
    /// abandoned at once.
    pub(super) fn forget(&mut self, id: WorkerId) {
        self.workers.remove(&id);
    }

    /// Who leads stays leader until the lease it had when it last asked is over, or until it is
    /// known to be gone, whichever comes first.
    pub(super) fn lead(&mut self, id: WorkerId, now: Timestamp) -> bool {
        let Some(asks) = self.live(id, now) else { return false };
        let expires_at = now.after(asks.worker.lease);
        let taken = self.leader.is_some_and(|leader| {
            leader.worker != id && now < leader.expires_at && self.is_live(leader.worker, now)
        });
        if !taken {
            self.leader = Some(Leader { worker: id, expires_at });
        }
        !taken
    }

    /// The workers whose leases live.
    pub(super) fn live_workers(&self, now: Timestamp) -> Vec<Worker> {
        let live = self.workers.values().filter(|worker| self.is_live(worker.worker.id, now));
        live.map(|registered| self.shown(registered)).collect()
    }

    fn shown(&self, registered: &Registered) -> Worker {
        let Registered { worker, expires_at, .. } = registered.clone();
        let running = self.jobs.values().filter(|job| runs_in(job, worker.id)).count() as u64;
        let NewWorker { id, name, queues, kinds, .. } = worker;
        Worker { id, name, queues, kinds, running, expires_at }
    }
}

fn runs_in(job: &StoredJob, id: WorkerId) -> bool {
    matches!(job.state, JobState::Running { worker, .. } if worker == id)
}
