//! Mass payments as they were at a moment: now, or a little earlier.

use std::time::Duration;

use rusqlite::{OptionalExtension, Transaction, named_params};
use serde::Serialize;
use uuid::Uuid;

use super::{Failure, Store, StoreError, row};
use crate::moment::Moment;
use crate::office::{MassPayment, Status};

/// A mass payment as it was at a moment.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) mass_payment: MassPayment,
    pub(crate) status: Status,
    pub(crate) counts: Counts,
}

/// How far a mass payment's lines have come.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Counts {
    pub(crate) received: u32,
    pub(crate) processed: u32,
    pub(crate) accepted: u32,
    pub(crate) rejected: u32,
    pub(crate) created: u32,
}

impl Store {
    /// A mass payment as it was so long ago.
    pub(crate) async fn show(&self, id: Uuid, ago: Duration) -> Result<View, Failure> {
        self.transact(move |tx, now| by_id(tx, now.before(ago), id)?.ok_or(Failure::NotFound)).await
    }

    /// All that carried this `mp_uuid` so long ago.
    pub(crate) async fn lookup(
        &self,
        mp_uuid: Uuid,
        ago: Duration,
    ) -> Result<Vec<View>, StoreError> {
        self.transact(move |tx, now| by_mp_uuid(tx, now.before(ago), mp_uuid)).await
    }
}

pub(super) fn by_id(
    tx: &Transaction<'_>,
    at: Moment,
    id: Uuid,
) -> Result<Option<View>, StoreError> {
    let mut select = tx.prepare_cached(include_str!("../../queries/mass_payment_by_id.sql"))?;
    let found =
        select.query_row(named_params! { ":id": id.to_string() }, row::mass_payment).optional()?;
    found.filter(|it| it.exists(at)).map(|it| view(tx, at, it)).transpose()
}

pub(super) fn by_mp_uuid(
    tx: &Transaction<'_>,
    at: Moment,
    mp_uuid: Uuid,
) -> Result<Vec<View>, StoreError> {
    let mut select =
        tx.prepare_cached(include_str!("../../queries/mass_payments_by_mp_uuid.sql"))?;
    let found = select
        .query_map(named_params! { ":mp_uuid": mp_uuid.to_string() }, row::mass_payment)?
        .collect::<Result<Vec<_>, _>>()?;
    found.into_iter().filter(|it| it.exists(at)).map(|it| view(tx, at, it)).collect()
}

fn view(tx: &Transaction<'_>, at: Moment, mass_payment: MassPayment) -> Result<View, StoreError> {
    let processed = mass_payment.processed_lines(at);
    let mut select = tx.prepare_cached(include_str!("../../queries/count_lines.sql"))?;
    let parameters = named_params! {
        ":mass_payment": mass_payment.id.to_string(),
        ":at": at.millis(),
        ":processed": processed,
    };
    let counts = select.query_row(parameters, |row| {
        Ok(Counts {
            received: mass_payment.lines,
            processed,
            accepted: row.get("accepted")?,
            rejected: row.get("rejected")?,
            created: row.get("created")?,
        })
    })?;
    Ok(View { status: mass_payment.status(at), mass_payment, counts })
}
