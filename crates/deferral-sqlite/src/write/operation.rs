//! Operations, with what belongs to them.

use deferral_core::{Operation, OperationId, Refusal, Tenant, Timestamp};
use rusqlite::params;
use uuid::Uuid;

use crate::encode::{EncodedCommit, EncodedOperation, EventRow, OperationRow};
use crate::error::Failure;
use crate::query::Query;
use crate::row;
use crate::transaction::Transaction;

impl Transaction<'_> {
    /// The operation, if it is this tenant's and its time is not over.
    pub(super) fn visible_operation(
        &mut self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<Option<Operation>, Failure> {
        let now = self.now;
        Ok(self.owned_operation(tenant, id)?.filter(|operation| !operation.is_expired(now)))
    }

    /// The operation, if it is this tenant's, as it stands.
    pub(super) fn owned_operation(
        &mut self,
        tenant: &Tenant,
        id: OperationId,
    ) -> Result<Option<Operation>, Failure> {
        let read = |row: &rusqlite::Row<'_>| Ok(row::operation_of(row, tenant));
        self.sql.row(Query::FindOperation, [id.as_uuid()], read)?.flatten().transpose()
    }

    pub(super) fn check_operation(
        &mut self,
        tenant: &Tenant,
        write: &EncodedOperation,
    ) -> Result<Option<Refusal>, Failure> {
        match write {
            EncodedOperation::Insert { row, .. } => {
                let id = row.operation.id.as_uuid();
                let taken = self.sql.is(Query::OperationIsTaken, [id])?;
                Ok(taken.then_some(Refusal::OperationExists))
            }
            EncodedOperation::Update { row, from, .. } => {
                self.check_version(tenant, row.operation.id, *from)
            }
            EncodedOperation::Delete { id, from, .. } => self.check_version(tenant, *id, *from),
        }
    }

    fn check_version(
        &mut self,
        tenant: &Tenant,
        id: OperationId,
        from: u64,
    ) -> Result<Option<Refusal>, Failure> {
        let params = params![id.as_uuid(), tenant.as_str()];
        let version: Option<i64> =
            self.sql.row(Query::OperationVersion, params, |row| row.get(0))?;
        if version == Some(row::number(from)) {
            return Ok(None);
        }
        // Another tenant's operation is not shown to exist.
        let current = self.owned_operation(tenant, id)?.map(Box::new);
        Ok(Some(Refusal::OperationChanged { current }))
    }

    pub(super) fn write_operation(&mut self, commit: &EncodedCommit) -> Result<(), Failure> {
        match &commit.operation {
            Some(EncodedOperation::Insert { row, event }) => {
                self.insert_operation(row)?;
                self.insert_event(row.operation.id, event)
            }
            Some(EncodedOperation::Update { row, from, events }) => {
                self.update_operation(row, *from)?;
                for event in events {
                    self.insert_event(row.operation.id, event)?;
                }
                self.add_item_errors(row.operation.id, &commit.item_errors)
            }
            Some(EncodedOperation::Delete { id, remember, .. }) => {
                self.bury(*id, commit.tenant.as_str(), self.now.after(*remember)).map(|_| ())
            }
            None => Ok(()),
        }
    }

    fn insert_operation(&mut self, row: &OperationRow) -> Result<(), Failure> {
        let operation = &row.operation;
        self.sql.execute(
            Query::InsertOperation,
            params![
                operation.id.as_uuid(),
                operation.tenant.as_str(),
                operation.kind.as_str(),
                operation.correlation,
                operation.status.as_str(),
                operation.stage,
                operation.version,
                operation.attention.is_some(),
                row.gate_expires_at().map(row::stored_time),
                operation.expires_at.map(row::stored_time),
                row.document,
            ],
        )?;
        Ok(())
    }

    fn update_operation(&mut self, row: &OperationRow, from: u64) -> Result<(), Failure> {
        let operation = &row.operation;
        let written = self.sql.execute(
            Query::UpdateOperation,
            params![
                operation.id.as_uuid(),
                operation.tenant.as_str(),
                operation.kind.as_str(),
                operation.correlation,
                operation.status.as_str(),
                operation.stage,
                operation.version,
                operation.attention.is_some(),
                row.gate_expires_at().map(row::stored_time),
                operation.expires_at.map(row::stored_time),
                row.document,
                from,
            ],
        )?;
        wrote_one(written, "operation", operation.id.as_uuid())
    }

    fn insert_event(&mut self, operation: OperationId, event: &EventRow) -> Result<(), Failure> {
        let id = operation.as_uuid();
        if let Some(number) = event.drops_below {
            self.sql.execute(Query::DeleteEvents, params![id, number])?;
        }
        let params = params![id, event.number, event.document];
        self.sql.execute(Query::InsertEvent, params)?;
        Ok(())
    }

    fn add_item_errors(
        &mut self,
        operation: OperationId,
        errors: &[String],
    ) -> Result<(), Failure> {
        if errors.is_empty() {
            return Ok(());
        }
        let id = operation.as_uuid();
        let first = self.sql.row(Query::CountItemErrors, [id], |row| row.get(0))?;
        for (number, error) in (first.unwrap_or(0_i64)..).zip(errors) {
            self.sql.execute(Query::InsertItemError, params![id, number, error])?;
        }
        Ok(())
    }

    /// Removes an operation with its events and item errors, and remembers that there was one. How
    /// many rows that were.
    pub(super) fn bury(
        &mut self,
        id: OperationId,
        tenant: &str,
        expires_at: Timestamp,
    ) -> Result<usize, Failure> {
        let id = id.as_uuid();
        let rows = self.sql.execute(Query::DeleteOperation, [id])?
            + self.sql.execute(Query::DeleteEvents, params![id, i64::MAX])?
            + self.sql.execute(Query::DeleteItemErrors, [id])?;
        let params = params![id, tenant, row::stored_time(expires_at)];
        self.sql.execute(Query::BuryOperation, params)?;
        self.note_if_idle(id.as_bytes())?;
        Ok(rows)
    }

    /// Has the next prune look at the effects of an owner, if it has any.
    pub(super) fn note_if_idle(&mut self, owner: &[u8]) -> Result<(), Failure> {
        if self.sql.is(Query::HasEffects, [owner])? {
            self.sql.execute(Query::NoteIdleOwner, [owner])?;
        }
        Ok(())
    }
}

/// A guard that was checked before in the same transaction must hold in the statement that writes.
pub(super) fn wrote_one(written: usize, what: &str, id: Uuid) -> Result<(), Failure> {
    if written == 1 {
        return Ok(());
    }
    Err(Failure::unreadable(format!("{what} {id}"), "it was checked, but is not as checked"))
}
