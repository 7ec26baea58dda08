//! Operations and what belongs to them, as they are seen.
//!
//! An operation whose time is over is gone for every reader, pruned or not.

use deferral_core::{
    ApiKey, Event, FoundOperation, ItemError, Operation, OperationId, OperationQuery, Page, Status,
    Tenant, Timestamp,
};
use rusqlite::{Row, params};
use serde::de::DeserializeOwned;

use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::statements::Statements;

/// The operation of this tenant, or what is known of it.
pub(crate) fn operation(
    sql: &mut Statements<'_>,
    tenant: &Tenant,
    id: OperationId,
    now: Timestamp,
) -> Result<FoundOperation, Failure> {
    let read = |row: &Row<'_>| Ok(row::operation_of(row, tenant));
    match sql.row(Query::FindOperation, [id.as_uuid()], read)?.flatten().transpose()? {
        Some(operation) if operation.is_expired(now) => return Ok(FoundOperation::Gone),
        Some(operation) => return Ok(FoundOperation::Live(Box::new(operation))),
        None => {}
    }
    let params = params![id.as_uuid(), tenant.as_str()];
    let remembered = sql.is(Query::FindTombstone, params)?;
    Ok(if remembered { FoundOperation::Gone } else { FoundOperation::Unknown })
}

/// A list of operations, newest first.
pub(crate) fn operations(
    sql: &mut Statements<'_>,
    query: &OperationQuery,
    now: Timestamp,
) -> Result<Page<Operation>, Failure> {
    let before = query.before.map(OperationId::as_uuid);
    let params = params![
        query.tenant.as_ref().map(Tenant::as_str),
        query.status.map(Status::as_str),
        query.kind.as_ref().map(deferral_core::Kind::as_str),
        query.correlation,
        query.stage,
        query.attention,
        before,
        now.as_micros(),
    ];
    let one_more = query.limit.saturating_add(1);
    Ok(page(readable(sql, (list_of(query), one_more), params, row::operation)?, query.limit))
}

/// The list that looks at the fewest operations.
const fn list_of(query: &OperationQuery) -> Query {
    match query {
        OperationQuery { correlation: Some(_), .. } => Query::ListOperationsByCorrelation,
        OperationQuery { attention: true, .. } => Query::ListOperationsNeedingAttention,
        OperationQuery { status: Some(Status::Failed | Status::Canceled), .. } => {
            Query::ListOperationsUnsuccessful
        }
        OperationQuery { tenant: Some(_), status: Some(status), .. } if !status.is_terminal() => {
            Query::ListOperationsOpen
        }
        OperationQuery { tenant: Some(_), .. } => Query::ListOperationsOfTenant,
        OperationQuery { .. } => Query::ListOperations,
    }
}

/// Those with another version than seen, in the order asked for.
pub(crate) fn changed(
    sql: &mut Statements<'_>,
    seen: &[(OperationId, u64)],
    now: Timestamp,
) -> Result<Vec<Operation>, Failure> {
    let mut changed = Vec::new();
    for (id, version) in seen {
        let id = id.as_uuid();
        let params = params![id, row::number(*version), now.as_micros()];
        changed.extend(readable(sql, (Query::ChangedOperation, 1), params, row::operation)?);
    }
    Ok(changed)
}

/// The kept events, oldest first.
pub(crate) fn events(
    sql: &mut Statements<'_>,
    (tenant, id): (&Tenant, OperationId),
    after: u64,
    now: Timestamp,
) -> Result<Vec<Event>, Failure> {
    let after = row::number(after);
    let params = params![id.as_uuid(), tenant.as_str(), now.as_micros(), after];
    documents(sql, Query::Events, params, || format!("an event of operation {id}"))
}

/// Item errors in the order in which they were written.
pub(crate) fn item_errors(
    sql: &mut Statements<'_>,
    (tenant, id): (&Tenant, OperationId),
    (offset, limit): (u64, usize),
    now: Timestamp,
) -> Result<Page<ItemError>, Failure> {
    let params = params![
        id.as_uuid(),
        tenant.as_str(),
        now.as_micros(),
        row::number(offset),
        row::bound(limit).saturating_add(1),
    ];
    let what = || format!("an item error of operation {id}");
    Ok(page(documents(sql, Query::ItemErrors, params, what)?, limit))
}

/// API keys, oldest first; one that can't be read keeps nobody else out.
pub(crate) fn api_keys(sql: &mut Statements<'_>, id: Option<&str>) -> Result<Vec<ApiKey>, Failure> {
    let mut keys = Vec::new();
    let mut damaged = None;
    for key in sql.rows(Query::ApiKeys, [id], |row| Ok(row::api_key(row)))? {
        match key {
            Ok(key) => keys.push(key),
            Err(failure) => {
                tracing::error!(?failure, "An API key can't be read");
                damaged = Some(failure);
            }
        }
    }
    // "Nobody has a key" opens the door: it is not said for want of one that can be read.
    match damaged {
        Some(failure) if keys.is_empty() => Err(failure),
        _ => Ok(keys),
    }
}

/// All documents of a list; one that can't be read fails the whole, since it would be a gap.
fn documents<T: DeserializeOwned>(
    sql: &mut Statements<'_>,
    query: Query,
    params: impl rusqlite::Params,
    what: impl Fn() -> String,
) -> Result<Vec<T>, Failure> {
    sql.rows(query, params, |row| Ok(row::document(row, 0, &what)))?.into_iter().collect()
}

/// The first operations that can be read, so many at most. One that can't must not hide the others;
/// it is told to people, and to whoever asks for it by its id.
fn readable(
    sql: &mut Statements<'_>,
    (query, limit): (Query, usize),
    params: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<Operation, Failure>,
) -> Result<Vec<Operation>, Failure> {
    let mut room = limit;
    let found = sql.rows_while(query, params, |row| {
        let operation = read(row);
        room -= usize::from(operation.is_ok());
        Ok((operation, room > 0))
    })?;
    let mut operations = Vec::new();
    for operation in found {
        match operation {
            Ok(operation) => operations.push(operation),
            Err(Failure::Unreadable { what, why }) => {
                tracing::error!(what, why, "An operation can't be read; it is left in place");
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(operations)
}

fn page<T>(mut items: Vec<T>, limit: usize) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    Page { items, more }
}
