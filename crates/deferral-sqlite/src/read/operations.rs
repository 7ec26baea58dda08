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
    let params = params![id.as_uuid(), tenant.as_str()];
    let found = sql.row(Query::FindOperation, params, |row| {
        let is_over = row.get::<_, Option<i64>>(1)?.is_some_and(|at| at <= now.as_micros());
        let read = || row::operation(row, 0, id.as_uuid()).map(Box::new);
        Ok(if is_over { Ok(FoundOperation::Gone) } else { read().map(FoundOperation::Live) })
    })?;
    if let Some(found) = found {
        return found;
    }
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
    let read = |row: &Row<'_>| row::operation(row, 1, row.get(0)?);
    let one_more = query.limit.saturating_add(1);
    Ok(page(readable(sql, (list_of(query), one_more), params, read)?, query.limit))
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
        let read = |row: &Row<'_>| row::operation(row, 0, id);
        changed.extend(readable(sql, (Query::ChangedOperation, 1), params, read)?);
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

/// API keys, oldest first.
pub(crate) fn api_keys(sql: &mut Statements<'_>, id: Option<&str>) -> Result<Vec<ApiKey>, Failure> {
    sql.rows(Query::ApiKeys, [id], |row| Ok(row::api_key(row)))?.into_iter().collect()
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
