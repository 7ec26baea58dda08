//! Claims: who may run what, and in which order.

use std::sync::Arc;

use deferral_core::{
    Claim, Claimed, Claims, Effect, EffectState, JobId, JobState, Kind, Lease, Operation,
    QueueName, SetAside, StoredJob, Timestamp, Token, WorkerId,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{params, params_from_iter};
use uuid::Uuid;

use crate::counts::Lane;
use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

/// A job that may be claimed: its place in the order of its queue, its id, and where its row is.
type Place = (i64, i64, Vec<u8>, i64);

/// A job that is about to be claimed, with what an attempt begins with besides it.
struct Found {
    number: i64,
    job: StoredJob,
    operation: Option<Operation>,
    effects: Vec<Effect>,
}

/// So many are claimed in one statement.
const TOGETHER: usize = 16;

/// So often a claim looks again for what can be read in place of what can't.
const MOST_LOOKS: usize = 8;

/// Who claims what.
struct Asked<'a> {
    worker: WorkerId,
    expires_at: Timestamp,
    kinds: Arc<[(Kind, u32)]>,
    queues: Vec<&'a QueueName>,
    suspect: bool,
    limit: usize,
}

impl Transaction<'_> {
    /// Gives jobs to a worker whose lease lives: of the queues asked for, in their order, and of
    /// the kinds and versions that it declared.
    pub(crate) fn claim(&mut self, claim: &Claim) -> Result<Claims, Failure> {
        let Some((expires_at, _)) = self.live_worker(claim.worker)? else {
            return Ok(Claims::default());
        };
        let kinds = match self.kinds.of(&mut self.sql, claim.worker) {
            Ok(kinds) => kinds,
            Err(failure) => {
                self.fence_unreadable(claim.worker, &failure)?;
                return Ok(Claims::default());
            }
        };
        let mut queues: Vec<&QueueName> = Vec::with_capacity(claim.queues.len());
        for queue in &claim.queues {
            if !queues.contains(&queue) {
                queues.push(queue);
            }
        }
        let asked = Asked {
            worker: claim.worker,
            expires_at,
            kinds,
            queues,
            suspect: claim.suspect,
            limit: if claim.suspect { claim.limit.min(1) } else { claim.limit },
        };
        let mut claims = Claims::default();
        for queue in &asked.queues {
            self.claim_from(queue, &asked, &mut claims)?;
        }
        claims.suspects_wait = self.suspects_wait(&asked)?;
        Ok(claims)
    }

    /// Fills the claim from one queue, as far as it goes.
    fn claim_from(
        &mut self,
        queue: &QueueName,
        asked: &Asked<'_>,
        claims: &mut Claims,
    ) -> Result<(), Failure> {
        // A row that is set aside leaves room for the one behind it, but not without end: the
        // writer has others to serve.
        for _ in 0..MOST_LOOKS {
            let room = asked.limit - claims.claimed.len();
            let found = if room == 0 { Vec::new() } else { self.places(queue, asked, room)? };
            let (readable, all_were_read) = self.look_at_places(found, claims)?;
            self.start_attempts(readable, asked, claims)?;
            if all_were_read {
                break;
            }
        }
        Ok(())
    }

    /// The first jobs of a queue that the worker could run, by priority, age and id.
    fn places(
        &mut self,
        queue: &QueueName,
        asked: &Asked<'_>,
        limit: usize,
    ) -> Result<Vec<Place>, Failure> {
        let query = if asked.suspect { Query::AvailableSuspects } else { Query::AvailableJobs };
        let mut places = Vec::new();
        for (kind, version) in asked.kinds.iter() {
            let params = params![queue.as_str(), kind.as_str(), version, row::bound(limit)];
            let read =
                |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            places.extend(self.sql.rows(query, params, read)?);
        }
        places.sort_unstable();
        places.truncate(limit);
        Ok(places)
    }

    /// What stands in these places, and whether all could be read; what can't be is set aside.
    fn look_at_places(
        &mut self,
        places: Vec<Place>,
        claims: &mut Claims,
    ) -> Result<(Vec<Found>, bool), Failure> {
        let mut readable = Vec::with_capacity(places.len());
        let mut all_were_read = true;
        for place in places {
            match self.look_at_place(&place)? {
                Some(Ok(found)) => readable.push(found),
                Some(Err(reason)) => {
                    let (.., id, _) = place;
                    self.set_aside(&id, "available", &reason)?;
                    claims.set_aside.push(SetAside { job: row::readable_id(&id), reason });
                    all_were_read = false;
                }
                None => {}
            }
        }
        Ok((readable, all_were_read))
    }

    /// The job in this place, or why it can't be read. None when the index is torn, and leads to
    /// nothing or to another job: then nothing can be said of the one that was meant.
    fn look_at_place(
        &mut self,
        (.., id, number): &Place,
    ) -> Result<Option<Result<Found, String>>, Failure> {
        let read = |row: &rusqlite::Row<'_>| {
            let is_meant = row.get_ref(0)?.as_bytes_or_null()? == Some(id.as_slice());
            Ok(is_meant.then(|| row::job(row)))
        };
        let job = match self.sql.row(Query::NumberedJob, [number], read)?.flatten() {
            Some(Ok(job)) if matches!(job.state, JobState::Available { .. }) => job,
            Some(Err(SetAside { reason, .. })) => return Ok(Some(Err(reason))),
            Some(Ok(_)) | None => return Ok(None),
        };
        match self.surroundings(&job) {
            Ok((operation, effects)) => {
                Ok(Some(Ok(Found { number: *number, job, operation, effects })))
            }
            Err(Failure::Unreadable { what, why }) => Ok(Some(Err(format!("{what}: {why}")))),
            Err(failure) => Err(failure),
        }
    }

    fn start_attempts(
        &mut self,
        found: Vec<Found>,
        asked: &Asked<'_>,
        claims: &mut Claims,
    ) -> Result<(), Failure> {
        for together in found.chunks(TOGETHER) {
            let worker = asked.worker.as_uuid();
            let mut values = [const { ToSqlOutput::Borrowed(ValueRef::Null) }; TOGETHER + 1];
            for (value, found) in values.iter_mut().zip(together) {
                *value = ToSqlOutput::from(found.number);
            }
            values[TOGETHER] = ToSqlOutput::Borrowed(ValueRef::Blob(worker.as_bytes()));
            let written = self.sql.execute(Query::ClaimJobs, params_from_iter(values))?;
            if written != together.len() {
                let why = format!("{written} of {} jobs were claimed", together.len());
                return Err(Failure::unreadable("the index of available jobs", why));
            }
        }
        for found in found {
            claims.claimed.push(self.start_attempt(found, asked)?);
        }
        Ok(())
    }

    /// A job that was claimed, as it stands now.
    fn start_attempt(&mut self, found: Found, asked: &Asked<'_>) -> Result<Claimed, Failure> {
        let Found { number, mut job, operation, effects } = found;
        self.counts.leave(job.queue.as_str(), job.kind.as_str(), job.version.into(), "available");
        self.counts.enter(job.queue.as_str(), job.kind.as_str(), job.version.into(), "running");
        self.held.claim(&job, number, job.input.bytes().len() > super::job::SMALL);
        job.token = job.token.next();
        job.state = JobState::Running { worker: asked.worker, alone: false };
        let Asked { worker, expires_at, .. } = *asked;
        let lease = Lease { job: job.id, token: job.token, worker, expires_at };
        let live_senders = self.live_senders(&effects)?;
        Ok(Claimed { job, lease, operation, effects, live_senders })
    }

    /// What an attempt begins with besides its job.
    fn surroundings(
        &mut self,
        job: &StoredJob,
    ) -> Result<(Option<Operation>, Vec<Effect>), Failure> {
        let operation = match job.operation {
            Some(id) => self.visible_operation(&job.tenant, id)?,
            None => None,
        };
        // Effects are written under a token: who works for nobody else and never had one has none.
        if job.operation.is_none() && job.token == Token::default() {
            return Ok((None, Vec::new()));
        }
        Ok((operation, self.effects_of(Effect::owner(job.operation, job.id))?))
    }

    fn effects_of(&mut self, owner: Uuid) -> Result<Vec<Effect>, Failure> {
        let read = |row: &rusqlite::Row<'_>| Ok(row::effect(row, owner));
        self.sql.rows(Query::EffectsOf, [owner], read)?.into_iter().collect()
    }

    /// A sender lives until its process left or is dead. That its lease is over says nothing: it
    /// may be stopped, and about to go on.
    fn live_senders(&mut self, effects: &[Effect]) -> Result<Vec<WorkerId>, Failure> {
        let mut senders: Vec<WorkerId> = effects.iter().filter_map(sender).collect();
        senders.sort_unstable();
        senders.dedup();
        let mut live = Vec::with_capacity(senders.len());
        for sender in senders {
            let known = self.sql.is(Query::WorkerExists, [sender.as_uuid()])?;
            if known && !self.locks.is_dead(sender) {
                live.push(sender);
            }
        }
        Ok(live)
    }

    fn suspects_wait(&mut self, asked: &Asked<'_>) -> Result<bool, Failure> {
        if !self.sql.is(Query::SuspectsWait, [])? {
            return Ok(false);
        }
        for queue in &asked.queues {
            for (kind, version) in asked.kinds.iter() {
                let params = params![queue.as_str(), kind.as_str(), version, 1];
                if self.sql.row(Query::AvailableSuspects, params, |_| Ok(()))?.is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Takes back claims that their caller never heard of.
    pub(crate) fn return_jobs(&mut self, leases: &[(JobId, Token, Lane)]) -> Result<(), Failure> {
        for (job, token, lane) in leases {
            let params = params![job.as_uuid(), token.0];
            if self.sql.execute(Query::ReturnJob, params)? == 1 {
                self.counts.pass(lane, "running", "available");
                self.rings.jobs = true;
            }
        }
        Ok(())
    }
}

const fn sender(effect: &Effect) -> Option<WorkerId> {
    match effect.state {
        EffectState::Sending { worker, .. } => Some(worker),
        EffectState::Unknown { sender, .. } => sender,
        EffectState::Planned | EffectState::Confirmed { .. } | EffectState::Rejected(_) => None,
    }
}
