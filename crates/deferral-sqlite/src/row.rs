//! Rows as the values they stand for.
//!
//! A row that is not what it can be is told with the reason, so that it can be set aside.

use deferral_core::{
    ApiKey, JobId, JobState, Kind, Operation, OperationId, Payload, Priority, QueueName, SetAside,
    StoredJob, Tenant, Timestamp, Token, WorkerId,
};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Result, Row};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::Failure;

/// A row of jobs or finished jobs, in the order of columns that their queries share.
pub(crate) fn job(row: &Row<'_>) -> Result<StoredJob, SetAside> {
    read_job(row).map_err(|reason| SetAside { job: id_text(row), reason })
}

fn read_job(row: &Row<'_>) -> Result<StoredJob, String> {
    let id = JobId::from_uuid(column(row, 0, "id")?);
    let checksum = column(row, 21, "checksum")?;
    let input = Payload::stored(column(row, 22, "input")?, checksum).map_err(text)?;
    Ok(StoredJob {
        id,
        tenant: Tenant::new(str(row, 1, "tenant")?).map_err(text)?,
        operation: column::<Option<Uuid>>(row, 2, "operation")?.map(OperationId::from_uuid),
        queue: QueueName::new(str(row, 3, "queue")?).map_err(text)?,
        kind: Kind::new(str(row, 4, "kind")?).map_err(text)?,
        version: column(row, 5, "version")?,
        priority: Priority(column(row, 6, "priority")?),
        state: state(row)?,
        token: Token(column(row, 9, "token")?),
        attempts: column(row, 10, "attempts")?,
        crashes: column(row, 11, "crashes")?,
        crashed_since: optional_time(row, 12, "crashed_since")?,
        suspect: column(row, 13, "suspect")?,
        cancel_requested: column(row, 14, "cancel_requested")?,
        created_at: Timestamp::from_micros(column(row, 15, "created_at")?),
        trace: column(row, 16, "trace")?,
        last_error: column(row, 17, "last_error")?,
        input,
    })
}

fn state(row: &Row<'_>) -> Result<JobState, String> {
    let at = Timestamp::from_micros(column(row, 8, "at")?);
    Ok(match str(row, 7, "state")? {
        "scheduled" => JobState::Scheduled { at },
        "available" => JobState::Available { since: at },
        "running" => JobState::Running {
            worker: WorkerId::from_uuid(column(row, 18, "worker")?),
            alone: column(row, 19, "alone")?,
        },
        "completed" => JobState::Completed { at },
        "failed" => JobState::Failed { at },
        "canceled" => JobState::Canceled { at },
        "parked" => JobState::Parked { at, reason: column(row, 20, "reason")? },
        other => return Err(format!("{other:?} is no state of a job")),
    })
}

/// The id of a job as people can find it again, whatever stands there.
fn id_text(row: &Row<'_>) -> String {
    match row.get_ref(0) {
        Ok(ValueRef::Blob(bytes)) => readable_id(bytes),
        Ok(other) => format!("{other:?}"),
        Err(error) => error.to_string(),
    }
}

/// As a UUID, or else as hexadecimal digits.
pub(crate) fn readable_id(bytes: &[u8]) -> String {
    match Uuid::from_slice(bytes) {
        Ok(uuid) => uuid.to_string(),
        Err(_) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The word for the state of an unfinished job. Another word guards nothing, so that no commit
/// rests on a row that can't be read.
pub(crate) fn unfinished_state(text: &str) -> &'static str {
    ["scheduled", "available", "running", "parked"]
        .into_iter()
        .find(|state| *state == text)
        .unwrap_or("unknown")
}

/// The document of an operation.
pub(crate) fn operation(row: &Row<'_>, column: usize, id: Uuid) -> Result<Operation, Failure> {
    document(row, column, || format!("operation {id}"))
}

/// An API key.
pub(crate) fn api_key(row: &Row<'_>) -> Result<ApiKey, Failure> {
    let id: String = row.get(0)?;
    let read = || -> Result<ApiKey, String> {
        Ok(ApiKey {
            id: id.clone(),
            hash: column(row, 1, "hash")?,
            tenant: Tenant::new(str(row, 2, "tenant")?).map_err(text)?,
            settings: serde_json::from_str(str(row, 3, "settings")?).map_err(text)?,
            created_at: Timestamp::from_micros(column(row, 4, "created_at")?),
            revoked_at: optional_time(row, 5, "revoked_at")?,
        })
    };
    read().map_err(|why| Failure::unreadable(format!("API key {id}"), why))
}

/// A document: JSON text in the only column of a row, or in that column.
pub(crate) fn document<T: DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
    what: impl FnOnce() -> String,
) -> Result<T, Failure> {
    let text = row.get_ref(column)?.as_bytes().map_err(|error| error.to_string());
    let read = text.and_then(|text| serde_json::from_slice(text).map_err(|e| e.to_string()));
    read.map_err(|why| Failure::unreadable(what(), why))
}

/// How many rows to read, as SQLite counts.
pub(crate) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A number as SQLite has it. Those beyond are greater than any that is stored.
pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn optional_time(row: &Row<'_>, index: usize, name: &str) -> Result<Option<Timestamp>, String> {
    Ok(column::<Option<i64>>(row, index, name)?.map(Timestamp::from_micros))
}

fn str<'r>(row: &'r Row<'_>, index: usize, name: &str) -> Result<&'r str, String> {
    let value = row.get_ref(index).map_err(text)?;
    value.as_str().map_err(|error| format!("{name}: {error}"))
}

fn column<T: FromSql>(row: &Row<'_>, index: usize, name: &str) -> Result<T, String> {
    row.get(index).map_err(|error| format!("{name}: {error}"))
}

#[expect(clippy::needless_pass_by_value, reason = "this is what `map_err` gives")]
fn text(error: impl ToString) -> String {
    error.to_string()
}
