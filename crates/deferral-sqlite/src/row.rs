//! Rows as the values they stand for.
//!
//! A row that is not what it can be is told with the reason, so that it can be set aside.

use deferral_core::{
    ApiKey, Effect, JobId, JobState, Kind, Operation, OperationId, Payload, Priority, QueueName,
    SetAside, StoredJob, Tenant, Timestamp, Token, WorkerId,
};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Result, Row};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::counts::Lane;
use crate::encode::OperationRow;
use crate::error::Failure;

/// So often no job is ever claimed.
const MOST_CLAIMS: u64 = 1 << 48;

/// The last time that a store keeps: the end of the year 9998.
const LAST_TIME: i64 = 253_370_764_799_999_999;

/// A row of jobs, in the order of columns that their queries share.
pub(crate) fn job(row: &Row<'_>) -> Result<StoredJob, SetAside> {
    read(row, false)
}

/// A row of finished jobs, in the same order.
pub(crate) fn finished_job(row: &Row<'_>) -> Result<StoredJob, SetAside> {
    read(row, true)
}

fn read(row: &Row<'_>, finished: bool) -> Result<StoredJob, SetAside> {
    let job = read_job(row).and_then(|job| {
        let state = job.state.as_str();
        let is_there = job.state.is_finished() == finished;
        if is_there { Ok(job) } else { Err(format!("{state:?} jobs do not stand here")) }
    });
    job.map_err(|reason| SetAside { job: id_text(row), reason })
}

/// A time as it is stored: one beyond all calendars is the last one.
pub(crate) fn stored_time(time: Timestamp) -> i64 {
    time.as_micros().min(LAST_TIME)
}

fn read_job(row: &Row<'_>) -> Result<StoredJob, String> {
    let job = StoredJob {
        id: JobId::from_uuid(column(row, 0, "id")?),
        tenant: Tenant::new(str(row, 1, "tenant")?).map_err(text)?,
        operation: column::<Option<Uuid>>(row, 2, "operation")?.map(OperationId::from_uuid),
        queue: QueueName::new(str(row, 3, "queue")?).map_err(text)?,
        kind: Kind::new(str(row, 4, "kind")?).map_err(text)?,
        version: column(row, 5, "version")?,
        priority: Priority(column(row, 6, "priority")?),
        state: state(row)?,
        token: token(row)?,
        attempts: column(row, 10, "attempts")?,
        crashes: column(row, 11, "crashes")?,
        crashed_since: optional_time(row, 12, "crashed_since")?,
        suspect: flag(row, 13, "suspect")?,
        cancel_requested: flag(row, 14, "cancel_requested")?,
        created_at: time(row, 15, "created_at")?,
        trace: column(row, 16, "trace")?,
        last_error: column(row, 17, "last_error")?,
        input: Payload::new(column(row, 22, "input")?),
    };
    // Finished ones lost their input, and have none.
    if !job.state.is_finished() {
        job.check(column(row, 21, "checksum")?).map_err(text)?;
    }
    Ok(job)
}

/// Who claims looks for one of these two numbers, and would never find another.
fn flag(row: &Row<'_>, index: usize, name: &str) -> Result<bool, String> {
    match column(row, index, name)? {
        0_i64 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{name}: {other} is neither yes nor no")),
    }
}

/// One above which none was ever given: the next one could not be stored.
fn token(row: &Row<'_>) -> Result<Token, String> {
    let token: u64 = column(row, 9, "token")?;
    if token < MOST_CLAIMS { Ok(Token(token)) } else { Err(format!("token: {token} is none")) }
}

fn state(row: &Row<'_>) -> Result<JobState, String> {
    let at = time(row, 8, "at")?;
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
    blob_text(row, 0)
}

fn blob_text(row: &Row<'_>, index: usize) -> String {
    match row.get_ref(index) {
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

/// An operation: its document, and the columns beside it that decide what becomes of it. When they
/// differ, one of them is torn, and nobody knows which.
pub(crate) fn operation(row: &Row<'_>) -> Result<Operation, Failure> {
    let what = || format!("operation {}", blob_text(row, 1));
    let operation: Operation = document(row, 0, what)?;
    let beside = || -> Result<(Uuid, &str, u64, Option<Timestamp>), String> {
        let expires_at = optional_time(row, 4, "expires_at")?;
        Ok((column(row, 1, "id")?, str(row, 2, "tenant")?, column(row, 3, "version")?, expires_at))
    };
    let (id, tenant, version, expires_at) =
        beside().map_err(|why| Failure::unreadable(what(), why))?;
    let same = operation.id.as_uuid() == id
        && operation.tenant.as_str() == tenant
        && operation.version == version
        && operation.expires_at.map(stored_time) == expires_at.map(Timestamp::as_micros);
    if same {
        return Ok(operation);
    }
    Err(Failure::unreadable(what(), "its document and its columns say different things"))
}

/// The operation of a row, if it is this tenant's: another's is not shown to exist, nor to be
/// damaged.
pub(crate) fn operation_of(row: &Row<'_>, tenant: &Tenant) -> Option<Result<Operation, Failure>> {
    let column = |index| row.get_ref(index).ok().and_then(|value| value.as_bytes().ok());
    let owned = column(2) == Some(tenant.as_str().as_bytes());
    match operation(row) {
        Ok(operation) => owned.then_some(Ok(operation)),
        Err(failure) => {
            let document = column(0).and_then(|json| serde_json::from_slice::<Value>(json).ok());
            let named = document.is_some_and(|it| it["tenant"] == tenant.as_str());
            (owned || named).then_some(Err(failure))
        }
    }
}

/// An effect, if its document is that of the name it is found by: two of one name would hide what
/// was done.
pub(crate) fn effect(row: &Row<'_>, owner: Uuid) -> Result<Effect, Failure> {
    let what = || format!("an effect of {owner}");
    let effect: Effect = document(row, 0, what)?;
    match str(row, 1, "name") {
        Ok(name) if effect.name == name && effect.owner == owner => Ok(effect),
        Ok(name) => Err(Failure::unreadable(what(), format!("it is not that of {name:?}"))),
        Err(why) => Err(Failure::unreadable(what(), why)),
    }
}

/// An effect as an operator sees it: one that can't be read is unknown, for that is what it is.
pub(crate) fn effect_or_unknown(row: &Row<'_>, owner: Uuid, now: Timestamp) -> Effect {
    effect(row, owner).unwrap_or_else(|failure| {
        let why = match failure {
            Failure::Unreadable { why, .. } => why,
            other => format!("{other:?}"),
        };
        Effect::planned(owner, &lossy(row, 1)).given_up(format!("it can't be read: {why}"), now)
    })
}

/// Queue, kind and version from this column on, whatever stands there: it is counted there.
pub(crate) fn lane(row: &Row<'_>, first: usize) -> Lane {
    let version = row.get(first + 2).unwrap_or_default();
    Lane { queue: lossy(row, first), kind: lossy(row, first + 1), version }
}

/// What operations are sought by, as it stands beside a document.
pub(crate) struct Columns {
    texts: [Option<Vec<u8>>; 4],
    /// Whether it is marked for people.
    pub(crate) attention: bool,
    gate_expires_at: Option<i64>,
}

/// From the status on, as [`Query::NextOperations`](crate::query::Query) has them.
pub(crate) fn columns_of(row: &Row<'_>) -> Columns {
    let bytes = |index| {
        let value = row.get_ref(index).ok()?;
        value.as_bytes_or_null().ok()?.map(<[u8]>::to_vec)
    };
    Columns {
        texts: [bytes(5), bytes(6), bytes(7), bytes(8)],
        attention: row.get(9).unwrap_or_default(),
        gate_expires_at: row.get(10).unwrap_or_default(),
    }
}

impl Columns {
    /// Whether they are those that this operation is written with.
    pub(crate) fn are_of(&self, row: &OperationRow) -> bool {
        let operation = &row.operation;
        let texts = [
            Some(operation.status.as_str()),
            Some(operation.kind.as_str()),
            operation.correlation.as_deref(),
            operation.stage.as_deref(),
        ];
        let same = |(stored, text): (&Option<Vec<u8>>, Option<&str>)| {
            stored.as_deref() == text.map(str::as_bytes)
        };
        self.texts.iter().zip(texts).all(same)
            && self.attention == operation.attention.is_some()
            && self.gate_expires_at == row.gate_expires_at().map(stored_time)
    }
}

/// Text, whatever bytes stand there.
pub(crate) fn lossy(row: &Row<'_>, index: usize) -> String {
    let bytes = row.get_ref(index).ok().and_then(|value| value.as_bytes().ok());
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// An API key.
pub(crate) fn api_key(row: &Row<'_>) -> Result<ApiKey, Failure> {
    let id = lossy(row, 0);
    let read = || -> Result<ApiKey, String> {
        Ok(ApiKey {
            id: str(row, 0, "id")?.to_owned(),
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
    let time: Option<i64> = column(row, index, name)?;
    time.map(|micros| checked_time(micros, name)).transpose()
}

fn time(row: &Row<'_>, index: usize, name: &str) -> Result<Timestamp, String> {
    checked_time(column(row, index, name)?, name)
}

fn checked_time(micros: i64, name: &str) -> Result<Timestamp, String> {
    if (0..=LAST_TIME).contains(&micros) {
        return Ok(Timestamp::from_micros(micros));
    }
    Err(format!("{name}: {micros} is no time"))
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
