//! A commit: everything is checked before anything is written.

use deferral_core::{Refusal, Timestamp};
use rusqlite::params;

use super::job::Standing;
use super::once::Over;
use crate::encode::{EncodedCommit, EncodedEffect, EncodedOperation};
use crate::error::Failure;
use crate::query::Query;
use crate::transaction::Transaction;

/// What the checks found, for the writes that follow.
#[derive(Default)]
struct Checked {
    over: Vec<Over>,
    job: Option<Standing>,
}

impl Transaction<'_> {
    /// Writes all of it, or says why not.
    pub(crate) fn write_commit(
        &mut self,
        commit: &EncodedCommit,
    ) -> Result<Result<Timestamp, Refusal>, Failure> {
        let checked = match self.check(commit)? {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.write(commit, checked)?;
        self.rings = self.rings.and(commit.rings());
        Ok(Ok(self.now))
    }

    /// Keys, operation, job, new jobs: the first that fails is the answer.
    fn check(&mut self, commit: &EncodedCommit) -> Result<Result<Checked, Refusal>, Failure> {
        let mut checked = Checked::default();
        for key in &commit.keys {
            match self.check_key(&commit.tenant, key)? {
                Ok(over) => checked.over.extend(over),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        if let Some(write) = &commit.operation
            && let Some(refusal) = self.check_operation(&commit.tenant, write)?
        {
            return Ok(Err(refusal));
        }
        if let Some(write) = &commit.job {
            match self.check_job(&commit.tenant, write)? {
                Ok(job) => checked.job = Some(job),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        let refusal = self.check_new_jobs(&commit.new_jobs)?;
        Ok(refusal.map_or(Ok(checked), Err))
    }

    /// Writes what was checked. Times are given in this order: the job that is set, the new ones.
    fn write(&mut self, commit: &EncodedCommit, checked: Checked) -> Result<(), Failure> {
        let operation = commit.operation.as_ref().map(EncodedOperation::id);
        for number in checked.over {
            self.free_key(number)?;
        }
        for key in &commit.keys {
            self.take_key(&commit.tenant, key, operation)?;
        }
        self.write_operation(commit)?;
        if let (Some(write), Some(job)) = (&commit.job, checked.job)
            && let Some(set) = &write.set
        {
            self.set_job(write.id, set, &job)?;
        }
        for job in &commit.new_jobs {
            self.insert_job(job)?;
        }
        for effect in &commit.effects {
            self.write_effect(effect)?;
        }
        self.write_api_key(commit)
    }

    fn write_effect(&mut self, effect: &EncodedEffect) -> Result<(), Failure> {
        let params = params![effect.owner, effect.name, effect.document];
        self.sql.execute(Query::WriteEffect, params)?;
        Ok(())
    }

    fn write_api_key(&mut self, commit: &EncodedCommit) -> Result<(), Failure> {
        let Some((key, settings)) = &commit.api_key else { return Ok(()) };
        self.sql.execute(
            Query::WriteApiKey,
            params![
                key.id,
                key.hash,
                key.tenant.as_str(),
                settings,
                key.created_at.as_micros(),
                key.revoked_at.map(Timestamp::as_micros),
            ],
        )?;
        Ok(())
    }
}
