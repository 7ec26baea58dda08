//! The lines of a mass payment, page by page.

use std::time::Duration;

use rusqlite::{Row, named_params};
use uuid::Uuid;

use super::{Failure, Store, read, row};
use crate::moment::Moment;
use crate::office::{LineStatus, MassPayment};
use crate::rules::Refusal;

/// Which lines are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinesQuery {
    /// How long ago.
    pub(crate) ago: Duration,
    /// All, if none is given.
    pub(crate) status: Option<LineStatus>,
    /// From this position on.
    pub(crate) start: u32,
    pub(crate) limit: usize,
}

impl LinesQuery {
    /// Every line, as it is now.
    pub(crate) const ALL: Self =
        Self { ago: Duration::ZERO, status: None, start: 0, limit: usize::MAX };
}

/// Lines in their order, and where to go on.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) lines: Vec<PageLine>,
    pub(crate) next: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct PageLine {
    pub(crate) position: u32,
    pub(crate) line_id: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) status: LineStatus,
    pub(crate) refusal: Option<Refusal>,
}

impl Store {
    pub(crate) async fn lines(&self, id: Uuid, query: LinesQuery) -> Result<Page, Failure> {
        self.transact(move |tx, now| {
            let at = now.before(query.ago);
            let view = read::by_id(tx, at, id)?.ok_or(Failure::NotFound)?;
            let mut select = tx.prepare_cached(include_str!("../../queries/lines.sql"))?;
            let parameters = named_params! {
                ":mass_payment": id.to_string(),
                ":at": at.millis(),
                ":start": query.start,
            };
            let mut found =
                select.query_map(parameters, |row| page_line(row, &view.mass_payment, at))?;
            take_page(&mut found, query).map_err(Failure::from)
        })
        .await
    }
}

fn take_page(
    found: &mut dyn Iterator<Item = rusqlite::Result<PageLine>>,
    query: LinesQuery,
) -> rusqlite::Result<Page> {
    let mut lines = Vec::new();
    for line in found {
        let line = line?;
        if query.status.is_some_and(|status| status != line.status) {
            continue;
        }
        if lines.len() == query.limit {
            return Ok(Page { lines, next: Some(line.position) });
        }
        lines.push(line);
    }
    Ok(Page { lines, next: None })
}

fn page_line(row: &Row<'_>, mass_payment: &MassPayment, at: Moment) -> rusqlite::Result<PageLine> {
    let position = row.get("position")?;
    let refusal = row::refusal(row)?;
    let status = mass_payment.line_status(at, position, refusal, row.get("paid")?);
    Ok(PageLine {
        position,
        line_id: row.get("line_id")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        status,
        refusal: refusal.filter(|_| status == LineStatus::Rejected),
    })
}
