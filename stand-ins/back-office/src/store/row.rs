//! Rows as the words of the office.

use rusqlite::Row;
use rusqlite::types::Type;
use uuid::Uuid;

use crate::moment::Moment;
use crate::office::{Decision, MassPayment};
use crate::rules::Refusal;

pub(super) fn mass_payment(row: &Row<'_>) -> rusqlite::Result<MassPayment> {
    Ok(MassPayment {
        id: uuid(&row.get::<_, String>("id")?)?,
        mp_uuid: row.get::<_, Option<String>>("mp_uuid")?.map(|text| uuid(&text)).transpose()?,
        reference: row.get("reference")?,
        sell_currency: row.get("sell_currency")?,
        lines: row.get("lines")?,
        received_at: Moment::from_millis(row.get("received_at")?),
        processed_at: Moment::from_millis(row.get("processed_at")?),
        decision: decision(row)?,
    })
}

pub(super) fn refusal(row: &Row<'_>) -> rusqlite::Result<Option<Refusal>> {
    let code: Option<String> = row.get("refusal")?;
    let Some(code) = code else { return Ok(None) };
    Refusal::from_code(&code).map(Some).ok_or_else(|| unreadable(format!("refusal {code}").into()))
}

fn decision(row: &Row<'_>) -> rusqlite::Result<Option<Decision>> {
    Ok(
        match (
            moment(row, "confirmed_at")?,
            moment(row, "created_at")?,
            moment(row, "canceled_at")?,
        ) {
            (Some(at), Some(created_at), _) => Some(Decision::Confirmed { at, created_at }),
            (_, _, Some(at)) => Some(Decision::Canceled { at }),
            _ => None,
        },
    )
}

fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Moment>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Moment::from_millis))
}

fn uuid(text: &str) -> rusqlite::Result<Uuid> {
    text.parse().map_err(|error: uuid::Error| unreadable(error.into()))
}

fn unreadable(cause: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, cause)
}
