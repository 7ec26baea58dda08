//! What changes the bank: a mass payment arrives, is decided, is paid.

use rusqlite::{Transaction, named_params};
use uuid::Uuid;

use super::read::{self, View};
use super::{Failure, Store, StoreError};
use crate::misbehavior::Misbehavior;
use crate::moment::Moment;
use crate::office::{Conflict, Decision, MassPayment, Mode};
use crate::payment::Line;

/// A readable mass payment on its way in.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) mp_uuid: Option<Uuid>,
    pub(crate) reference: Option<String>,
    pub(crate) sell_currency: Option<String>,
    pub(crate) lines: Vec<Line>,
}

impl Store {
    /// Takes a mass payment in, however often its `mp_uuid` was seen before.
    pub(crate) async fn create(&self, arrival: Arrival, mode: Mode) -> Result<View, StoreError> {
        self.transact(move |tx, now| create(tx, now, &arrival, mode)).await
    }

    /// Takes a mass payment in unless its `mp_uuid` is known; says whether it was.
    pub(crate) async fn create_once(
        &self,
        arrival: Arrival,
        mode: Mode,
    ) -> Result<(View, bool), StoreError> {
        self.transact(move |tx, now| {
            let known = match arrival.mp_uuid {
                Some(mp_uuid) => read::by_mp_uuid(tx, now, mp_uuid)?.into_iter().next(),
                None => None,
            };
            match known {
                Some(first) => Ok((first, true)),
                None => Ok((create(tx, now, &arrival, mode)?, false)),
            }
        })
        .await
    }

    /// Makes a decision about a mass payment, and pays its accepted lines if it was confirmed.
    pub(crate) async fn decide(
        &self,
        id: Uuid,
        decide: impl FnOnce(&MassPayment, Moment) -> Result<Decision, Conflict> + Send + 'static,
    ) -> Result<View, Failure> {
        self.transact(move |tx, now| {
            let view = read::by_id(tx, now, id)?.ok_or(Failure::NotFound)?;
            let decision = decide(&view.mass_payment, now).map_err(Failure::Conflict)?;
            write_decision(tx, id, decision)?;
            read::by_id(tx, now, id)?.ok_or(Failure::NotFound)
        })
        .await
    }

    /// Notes that a misbehavior happened.
    pub(crate) async fn count_misbehavior(&self, kind: Misbehavior) -> Result<(), StoreError> {
        self.transact(move |tx, _| {
            tx.prepare_cached(include_str!("../../queries/count_misbehavior.sql"))?
                .execute(named_params! { ":kind": kind.name() })?;
            Ok(())
        })
        .await
    }
}

fn create(
    tx: &Transaction<'_>,
    now: Moment,
    arrival: &Arrival,
    mode: Mode,
) -> Result<View, StoreError> {
    let id = Uuid::now_v7();
    tx.prepare_cached(include_str!("../../queries/insert_mass_payment.sql"))?.execute(
        named_params! {
            ":id": id.to_string(),
            ":mp_uuid": arrival.mp_uuid.map(|it| it.to_string()),
            ":reference": arrival.reference,
            ":sell_currency": arrival.sell_currency,
            ":lines": u32::try_from(arrival.lines.len()).unwrap_or(u32::MAX),
            ":received_at": now.millis(),
            ":processed_at": now.after(mode.pace()).millis(),
        },
    )?;
    insert_lines(tx, id, &arrival.lines)?;
    read::by_id(tx, now, id)?.ok_or(StoreError::Sqlite(rusqlite::Error::QueryReturnedNoRows))
}

fn insert_lines(tx: &Transaction<'_>, id: Uuid, lines: &[Line]) -> Result<(), StoreError> {
    let id = id.to_string();
    let mut insert = tx.prepare_cached(include_str!("../../queries/insert_line.sql"))?;
    for (position, line) in (0_u32..).zip(lines) {
        insert.execute(named_params! {
            ":mass_payment": id,
            ":position": position,
            ":line_id": line.line_id,
            ":amount": line.amount,
            ":currency": line.currency,
            ":reference": line.reference,
            ":refusal": line.refusal.map(|refusal| refusal.code()),
        })?;
    }
    Ok(())
}

fn write_decision(tx: &Transaction<'_>, id: Uuid, decision: Decision) -> Result<(), StoreError> {
    let id = id.to_string();
    let (confirmed_at, created_at, canceled_at) = match decision {
        Decision::Confirmed { at, created_at } => (Some(at), Some(created_at), None),
        Decision::Canceled { at } => (None, None, Some(at)),
    };
    tx.prepare_cached(include_str!("../../queries/decide.sql"))?.execute(named_params! {
        ":id": id,
        ":confirmed_at": confirmed_at.map(Moment::millis),
        ":created_at": created_at.map(Moment::millis),
        ":canceled_at": canceled_at.map(Moment::millis),
    })?;
    if confirmed_at.is_some() {
        tx.prepare_cached(include_str!("../../queries/pay.sql"))?
            .execute(named_params! { ":mass_payment": id })?;
    }
    Ok(())
}
