//! Claims rows and finishes them: those of the last claim and the next claim in one transaction.

use std::path::PathBuf;

use clap::Args;
use deferral::core::{Clock as _, SystemClock};
use rusqlite::{Connection, Statement, params};
use uuid::Uuid;

use super::super::sample::Sample;
use super::super::stopwatch::Stopwatch;
use super::connection;
use super::rows::{COUNT, NOTE};
use crate::error::Error;

#[derive(Debug, Clone, Args)]
pub(crate) struct RawDrain {
    database: PathBuf,
    /// How many before it stops.
    #[arg(long)]
    jobs: u64,
    /// How many in one transaction.
    #[arg(long)]
    batch: u64,
}

/// So many are claimed, finished and deleted in one statement, as the store does it.
const TOGETHER: usize = 16;

const FIND: &str = "
    SELECT number FROM jobs INDEXED BY jobs_available
    WHERE queue = ?1 AND kind = ?2 AND version = ?3 AND state = 'available' AND suspect = 0
    ORDER BY priority, at, id LIMIT ?4";
const READ: &str = "SELECT id, token, input FROM jobs WHERE number = ?1";
const CLAIM: &str = "
    UPDATE jobs SET state = 'running', worker = ?17, token = token + 1
    WHERE number IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
const FINISH: &str = "
    INSERT INTO finished_jobs (id, tenant, operation, queue, kind, version, priority, state, at,
        token, attempts, crashes, crashed_since, suspect, cancel_requested, created_at, trace,
        last_error)
    SELECT id, tenant, operation, queue, kind, version, priority, 'completed', ?17, token, attempts,
        crashes, crashed_since, suspect, cancel_requested, created_at, trace, NULL
    FROM jobs
    WHERE number IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
const DELETE: &str = "
    DELETE FROM jobs
    WHERE number IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

struct Statements<'c> {
    find: Statement<'c>,
    read: Statement<'c>,
    claim: Statement<'c>,
    finish: Statement<'c>,
    delete: Statement<'c>,
    count: Statement<'c>,
    note: Statement<'c>,
}

/// Who claims, and the jobs that it looks for.
struct Claimer {
    worker: Uuid,
    lane: (String, String, i64),
}

pub(crate) fn run(options: &RawDrain) -> Result<Sample, Error> {
    let connection = connection::open(&options.database)?;
    let claimer = Claimer { worker: Uuid::nil(), lane: lane(&connection)? };
    let mut statements = Statements::new(&connection)?;
    let watch = Stopwatch::start();
    let (mut jobs, mut done, mut number) = (Vec::new(), 0, 0);
    while done < options.jobs {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        statements.finish(&jobs)?;
        let finished = jobs.len() as i64;
        let batch = options.batch.min(options.jobs - done);
        jobs = statements.claim(&claimer, batch as i64)?;
        if jobs.is_empty() && finished == 0 {
            return Err(Error::Rows(format!("only {done} jobs were there")));
        }
        number += 1;
        statements.note(&claimer, number, jobs.len() as i64, finished)?;
        connection.execute_batch("COMMIT")?;
        done += finished as u64;
    }
    Sample::of(done, watch.lap())
}

fn lane(connection: &Connection) -> Result<(String, String, i64), Error> {
    let first = "SELECT queue, kind, version FROM jobs LIMIT 1";
    Ok(connection.query_row(first, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Connection) -> Result<Self, Error> {
        Ok(Self {
            find: connection.prepare(FIND)?,
            read: connection.prepare(READ)?,
            claim: connection.prepare(CLAIM)?,
            finish: connection.prepare(FINISH)?,
            delete: connection.prepare(DELETE)?,
            count: connection.prepare(COUNT)?,
            note: connection.prepare(NOTE)?,
        })
    }

    fn claim(&mut self, claimer: &Claimer, limit: i64) -> Result<Vec<i64>, Error> {
        let (queue, kind, version) = &claimer.lane;
        let found = self.find.query_map(params![queue, kind, version, limit], |row| row.get(0))?;
        let jobs = found.collect::<Result<Vec<i64>, _>>()?;
        for job in &jobs {
            let read = |row: &rusqlite::Row<'_>| {
                let (id, token): (Uuid, i64) = (row.get(0)?, row.get(1)?);
                Ok((id, token, row.get_ref(2)?.as_blob()?.len()))
            };
            self.read.query_row([job], read)?;
        }
        for together in jobs.chunks(TOGETHER) {
            bind(&mut self.claim, together)?;
            self.claim.raw_bind_parameter(TOGETHER + 1, claimer.worker)?;
            self.claim.raw_execute()?;
        }
        Ok(jobs)
    }

    fn finish(&mut self, jobs: &[i64]) -> Result<(), Error> {
        let now = SystemClock.now().as_micros();
        for together in jobs.chunks(TOGETHER) {
            bind(&mut self.finish, together)?;
            self.finish.raw_bind_parameter(TOGETHER + 1, now)?;
            self.finish.raw_execute()?;
            bind(&mut self.delete, together)?;
            self.delete.raw_execute()?;
        }
        Ok(())
    }

    /// What is written once a transaction.
    fn note(
        &mut self,
        claimer: &Claimer,
        number: i64,
        claimed: i64,
        finished: i64,
    ) -> Result<(), Error> {
        let (queue, kind, version) = &claimer.lane;
        self.count.execute(params![queue, kind, version, "available", -claimed])?;
        self.count.execute(params![queue, kind, version, "running", claimed - finished])?;
        self.note.execute(params![number, SystemClock.now().as_micros()])?;
        Ok(())
    }
}

/// Fills the first places; those that are left hold no number.
fn bind(statement: &mut Statement<'_>, jobs: &[i64]) -> Result<(), Error> {
    for place in 0..TOGETHER {
        statement.raw_bind_parameter(place + 1, jobs.get(place))?;
    }
    Ok(())
}
