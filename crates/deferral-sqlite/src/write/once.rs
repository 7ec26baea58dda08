//! Keys that are taken once.

use deferral_core::{Once, OnceRecord, OperationId, Refusal, Tenant, Timestamp};
use rusqlite::params;
use uuid::Uuid;

use crate::error::Failure;
use crate::query::Query;
use crate::transaction::Transaction;

impl Transaction<'_> {
    /// A key is free when nobody has it, when its time is over, or when who has it gives it up.
    pub(super) fn check_key(
        &mut self,
        tenant: &Tenant,
        once: &Once,
    ) -> Result<Option<Refusal>, Failure> {
        let Some(record) = self.find_key(tenant, once)? else { return Ok(None) };
        let over = record.expires_at <= self.now;
        let given_up = once.instead_of.is_some() && once.instead_of == record.operation;
        if over || given_up {
            return Ok(None);
        }
        let operation = match record.operation {
            Some(id) => self.visible_operation(tenant, id)?.map(Box::new),
            None => None,
        };
        Ok(Some(Refusal::Taken { record, operation }))
    }

    fn find_key(&mut self, tenant: &Tenant, once: &Once) -> Result<Option<OnceRecord>, Failure> {
        let record = self.sql.row(
            Query::FindKey,
            params![tenant.as_str(), once.scope, once.key],
            |row| {
                let operation: Option<Uuid> = row.get(1)?;
                Ok(OnceRecord {
                    scope: once.scope.clone(),
                    key: once.key.clone(),
                    fingerprint: row.get(0)?,
                    operation: operation.map(OperationId::from_uuid),
                    expires_at: Timestamp::from_micros(row.get(2)?),
                })
            },
        )?;
        Ok(record)
    }

    /// Takes a key that was found to be free. It names the operation that is written with it.
    pub(super) fn take_key(
        &mut self,
        tenant: &Tenant,
        once: &Once,
        operation: Option<OperationId>,
    ) -> Result<(), Failure> {
        self.sql.execute(
            Query::TakeKey,
            params![
                tenant.as_str(),
                once.scope,
                once.key,
                once.fingerprint,
                operation.map(OperationId::as_uuid),
                self.now.after(once.keep).as_micros(),
            ],
        )?;
        Ok(())
    }
}
