//! Keys that are taken once.

use deferral_core::canary::{self, Canary};
use deferral_core::{Once, OnceRecord, OperationId, Refusal, Tenant, Timestamp};
use rusqlite::params;
use uuid::Uuid;

use crate::encode::EncodedKey;
use crate::error::Failure;
use crate::query::Query;
use crate::transaction::Transaction;

/// The record of a key that may be taken all the same.
pub(super) type Over = i64;

impl Transaction<'_> {
    /// A key is free when nobody has it, when its time is over, or when who has it gives it up.
    pub(super) fn check_key(
        &mut self,
        tenant: &Tenant,
        key: &EncodedKey,
    ) -> Result<Result<Option<Over>, Refusal>, Failure> {
        let Some((number, record)) = self.find_key(tenant, key)? else { return Ok(Ok(None)) };
        let instead_of = key.once.instead_of;
        if instead_of.is_some() && instead_of == record.operation {
            return Ok(Ok(Some(number)));
        }
        let operation = match record.operation {
            Some(id) => self.visible_operation(tenant, id)?,
            None => None,
        };
        let forgot = canary::is(Canary::KeyEndsWithJob) && self.has_ended(tenant, &record)?;
        if record.is_over(operation.as_ref(), self.now) || forgot {
            return Ok(Ok(Some(number)));
        }
        Ok(Err(Refusal::Taken { record, operation: operation.map(Box::new) }))
    }

    /// Whether the work that took the key is done.
    fn has_ended(&mut self, tenant: &Tenant, record: &OnceRecord) -> Result<bool, Failure> {
        let Some(id) = record.operation else { return Ok(true) };
        let operation = self.visible_operation(tenant, id)?;
        Ok(operation.is_none_or(|operation| operation.status.is_terminal()))
    }

    fn find_key(
        &mut self,
        tenant: &Tenant,
        key: &EncodedKey,
    ) -> Result<Option<(Over, OnceRecord)>, Failure> {
        let Once { scope, key: name, .. } = &key.once;
        let params = params![key.digest, tenant.as_str(), scope, name];
        let found = self.sql.row(Query::FindKey, params, |row| {
            let operation: Option<Uuid> = row.get(2)?;
            let record = OnceRecord {
                scope: scope.clone(),
                key: name.clone(),
                fingerprint: row.get(1)?,
                operation: operation.map(OperationId::from_uuid),
                expires_at: Timestamp::from_micros(row.get(3)?),
            };
            Ok((row.get(0)?, record))
        })?;
        Ok(found)
    }

    /// Takes a key that was found to be free. It names the operation that is written with it.
    pub(super) fn take_key(
        &mut self,
        tenant: &Tenant,
        key: &EncodedKey,
        operation: Option<OperationId>,
    ) -> Result<(), Failure> {
        let once = &key.once;
        self.sql.execute(
            Query::TakeKey,
            params![
                key.digest,
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

    /// Removes the record of a key that is about to be taken.
    pub(super) fn free_key(&mut self, number: Over) -> Result<(), Failure> {
        self.sql.execute(Query::FreeKey, [number])?;
        Ok(())
    }
}
