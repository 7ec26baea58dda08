//! What was really paid, and how often which misbehavior really happened.

use std::collections::BTreeMap;

use rusqlite::{Row, named_params};
use serde::Serialize;

use super::{Store, StoreError};

/// All payments of one key. More than one of them is a double payment.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) reference: String,
    pub(crate) line_id: String,
    /// Of the first payment.
    pub(crate) amount: String,
    /// Of the first payment.
    pub(crate) currency: String,
    pub(crate) times: u32,
}

/// A reference under which more than one mass payment was taken in.
#[derive(Debug, Serialize)]
pub(crate) struct Repeated {
    pub(crate) reference: String,
    pub(crate) times: u32,
}

impl Store {
    /// Every key that was paid, or those of one reference.
    pub(crate) async fn ledger(&self, reference: Option<String>) -> Result<Vec<Entry>, StoreError> {
        self.transact(move |tx, now| {
            let mut select = tx.prepare_cached(include_str!("../../queries/ledger.sql"))?;
            let parameters = named_params! { ":at": now.millis(), ":reference": reference };
            let entries = select.query_map(parameters, entry)?.collect::<Result<_, _>>()?;
            Ok(entries)
        })
        .await
    }

    /// The references that were sent more than once, whether or not they were paid.
    pub(crate) async fn repeated(
        &self,
        reference: Option<String>,
    ) -> Result<Vec<Repeated>, StoreError> {
        self.transact(move |tx, now| {
            let mut select = tx.prepare_cached(include_str!("../../queries/repeated.sql"))?;
            let parameters = named_params! { ":at": now.millis(), ":reference": reference };
            let read = |row: &Row<'_>| {
                Ok(Repeated { reference: row.get("reference")?, times: row.get("times")? })
            };
            let repeated = select.query_map(parameters, read)?.collect::<Result<_, _>>()?;
            Ok(repeated)
        })
        .await
    }

    pub(crate) async fn misbehavior_counts(&self) -> Result<BTreeMap<String, u32>, StoreError> {
        self.transact(move |tx, _| {
            let mut select =
                tx.prepare_cached(include_str!("../../queries/misbehavior_counts.sql"))?;
            let counts = select
                .query_map([], |row| Ok((row.get("kind")?, row.get("times")?)))?
                .collect::<Result<_, _>>()?;
            Ok(counts)
        })
        .await
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        reference: row.get("reference")?,
        line_id: row.get("line_id")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        times: row.get("times")?,
    })
}
