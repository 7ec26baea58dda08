//! Jobs as people see them: unfinished and finished ones, and rows that can't be read.

use deferral_core::{
    Effect, FoundJobs, JobId, JobQuery, OperationId, Page, SetAside, StoredJob, Timestamp,
};
use rusqlite::{Row, params};

use super::at_once;
use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::statements::Statements;

/// A row: its id, and the job if it can be read.
type Found = (Vec<u8>, Result<StoredJob, SetAside>);

/// A list of jobs, newest first.
pub(crate) fn jobs(
    sql: &mut Statements<'_>,
    query: &JobQuery,
    now: Timestamp,
) -> Result<FoundJobs, Failure> {
    at_once(sql, |sql| match query.id {
        Some(id) => one(sql, id, query, now),
        None => list(sql, query),
    })
}

/// The job of this id, with the effects of its owner.
fn one(
    sql: &mut Statements<'_>,
    id: JobId,
    query: &JobQuery,
    now: Timestamp,
) -> Result<FoundJobs, Failure> {
    let id = id.as_uuid();
    let mut found = sql.row(Query::Job, [id], entry)?;
    if found.is_none() {
        found = sql.row(Query::FindFinishedJob, [id], finished_entry)?;
    }
    let asked = |(_, job): &Found| job.as_ref().map_or(true, |job| is_asked(job, query));
    let mut found = found_jobs(found.into_iter().filter(asked).collect(), query.limit);
    let owner = match &found.page.items[..] {
        [job] => Some(Effect::owner(job.operation, job.id)),
        _ => query.effects_of.map(OperationId::as_uuid),
    };
    if let Some(owner) = owner {
        let read = |row: &Row<'_>| Ok(row::effect_or_unknown(row, owner, now));
        found.effects = sql.rows(Query::EffectsOf, [owner], read)?;
    }
    Ok(found)
}

fn is_asked(job: &StoredJob, query: &JobQuery) -> bool {
    query.state.is_none_or(|state| job.state.as_str() == state)
        && query.kind.as_ref().is_none_or(|kind| job.kind == *kind)
        && query.queue.as_ref().is_none_or(|queue| job.queue == *queue)
        && query.before.is_none_or(|before| job.id < before)
}

fn list(sql: &mut Statements<'_>, query: &JobQuery) -> Result<FoundJobs, Failure> {
    let mut found = Vec::new();
    for list in lists_of(query.state) {
        found.extend(first(sql, *list, query)?);
    }
    found.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    Ok(found_jobs(found, query.limit))
}

/// The lists that have jobs of this state and look at the fewest others.
const fn lists_of(state: Option<&'static str>) -> &'static [Query] {
    match state {
        Some(state) => match state.as_bytes() {
            b"running" => &[Query::ListRunningJobs],
            b"parked" => &[Query::ListParkedJobs],
            b"completed" => &[Query::ListFinishedJobs],
            b"failed" | b"canceled" => &[Query::ListUnsuccessfulJobs],
            _ => &[Query::ListJobs],
        },
        None => &[Query::ListJobs, Query::ListFinishedJobs],
    }
}

/// The first rows of a list: one job more than asked for, and what can't be read among them.
fn first(sql: &mut Statements<'_>, list: Query, query: &JobQuery) -> Result<Vec<Found>, Failure> {
    let before = query.before.map(JobId::as_uuid);
    let params = params![
        query.state,
        query.kind.as_ref().map(deferral_core::Kind::as_str),
        query.queue.as_ref().map(deferral_core::QueueName::as_str),
        before,
    ];
    let mut room = query.limit.saturating_add(1);
    let finished = matches!(list, Query::ListFinishedJobs | Query::ListUnsuccessfulJobs);
    let found = sql.rows_while(list, params, |row| {
        let found = if finished { finished_entry(row)? } else { entry(row)? };
        room -= usize::from(found.1.is_ok());
        Ok((found, room > 0))
    })?;
    Ok(found)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok((row.get(0)?, row::job(row)))
}

fn finished_entry(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok((row.get(0)?, row::finished_job(row)))
}

/// The page of so many jobs, and what could not be read on it. Rows come newest first; those
/// behind the last job of the page belong to the next one, if there is one.
fn found_jobs(found: Vec<Found>, limit: usize) -> FoundJobs {
    let more = found.iter().filter(|(_, job)| job.is_ok()).count() > limit;
    let mut page = Page { items: Vec::new(), more };
    let mut set_aside = Vec::new();
    for (_, job) in found {
        if more && page.items.len() == limit {
            break;
        }
        match job {
            Ok(job) => page.items.push(job),
            Err(row) => set_aside.push(row),
        }
    }
    FoundJobs { page, set_aside, effects: Vec::new() }
}
