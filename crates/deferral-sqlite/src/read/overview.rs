//! What people want to see at one look. It counts nothing: the writer did.

use std::collections::BTreeMap;

use deferral_core::{KindCount, Overview, QueueName, Timestamp, Worker, WorkerId};
use rusqlite::{Row, params};

use super::at_once;
use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::statements::Statements;

/// Counts, ages and workers.
pub(crate) fn overview(sql: &mut Statements<'_>, now: Timestamp) -> Result<Overview, Failure> {
    at_once(sql, |sql| {
        let counts = counts(sql)?;
        Ok(Overview { oldest: oldest(sql, &counts)?, workers: workers(sql, now)?, counts })
    })
}

fn counts(sql: &mut Statements<'_>) -> Result<Vec<KindCount>, Failure> {
    let mut counts = Vec::new();
    for count in sql.rows(Query::JobCounts, [], |row| Ok(count(row)))? {
        match count {
            Ok(count) => counts.push(count),
            // A name that is none was counted with a row that is set aside.
            Err(why) => tracing::error!(why, "A count of jobs can't be read"),
        }
    }
    Ok(counts)
}

fn count(row: &Row<'_>) -> Result<KindCount, String> {
    let name = |index| row.get::<_, String>(index).map_err(|error| error.to_string());
    Ok(KindCount {
        queue: name(0)?.parse().map_err(|error| format!("{error}"))?,
        kind: name(1)?.parse().map_err(|error| format!("{error}"))?,
        version: row.get(2).map_err(|error| error.to_string())?,
        state: name(3)?,
        count: row.get(4).map_err(|error| error.to_string())?,
    })
}

/// Since when the oldest available job of each queue waits: a few seeks for each queue, kind,
/// version and priority that has any.
fn oldest(
    sql: &mut Statements<'_>,
    counts: &[KindCount],
) -> Result<Vec<(QueueName, Timestamp)>, Failure> {
    let mut oldest: BTreeMap<QueueName, Timestamp> = BTreeMap::new();
    let mut note = |queue: &QueueName, since: Timestamp| {
        let first = oldest.entry(queue.clone()).or_insert(since);
        *first = since.min(*first);
    };
    for KindCount { queue, kind, version, .. } in
        counts.iter().filter(|count| count.state == "available")
    {
        let mut above = -1_i64;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        while let Some((priority, since)) = sql.row(
            Query::OldestAvailable,
            params![queue.as_str(), kind.as_str(), version, above],
            read,
        )? {
            note(queue, Timestamp::from_micros(since));
            above = priority;
        }
    }
    let suspects = sql.rows(Query::OldestSuspects, [], |row| {
        Ok((row::lossy(row, 0), Timestamp::from_micros(row.get(1)?)))
    })?;
    for (queue, since) in suspects {
        if let Ok(queue) = QueueName::new(&queue) {
            note(&queue, since);
        }
    }
    Ok(oldest.into_iter().collect())
}

fn workers(sql: &mut Statements<'_>, now: Timestamp) -> Result<Vec<Worker>, Failure> {
    let mut workers = Vec::new();
    for worker in sql.rows(Query::LiveWorkers, [now.as_micros()], |row| Ok(worker(row)))? {
        match worker {
            Ok(worker) => workers.push(worker),
            Err(failure) => tracing::error!(?failure, "A worker's row can't be read"),
        }
    }
    Ok(workers)
}

fn worker(row: &Row<'_>) -> Result<Worker, Failure> {
    let id = WorkerId::from_uuid(row.get(0)?);
    let what = || format!("worker {id}");
    Ok(Worker {
        id,
        name: row::lossy(row, 1),
        queues: row::document(row, 2, what)?,
        kinds: row::document(row, 3, what)?,
        running: row.get(5)?,
        expires_at: Timestamp::from_micros(row.get(4)?),
    })
}
