//! The lines that the back office rejected, as item errors of the operation.

use deferral::prelude::*;

use crate::back_office::{BackOffice, BackOfficeId, Line, LineStatus, LinesQuery, excerpt};
use crate::batch::Batch;

/// Why the rejected lines can't be told yet.
#[derive(Debug)]
pub(super) enum Unread {
    /// The back office did not answer.
    Away(CallError),
    /// What it answered does not fit what it said before, or what was sent: perhaps it is the
    /// state of a moment ago.
    Odd(String),
}

/// Reads all rejected lines, page by page; there must be as many as were counted.
pub(super) async fn read(
    back_office: &BackOffice,
    id: &BackOfficeId,
    batch: &Batch,
    expected: u64,
) -> Result<Vec<ItemError>, Unread> {
    let mut errors = Vec::new();
    let mut query = LinesQuery { status: Some(LineStatus::Rejected), ..LinesQuery::default() };
    loop {
        let page = back_office.lines(id, &query).await.map_err(Unread::Away)?;
        for line in &page.items {
            errors.push(item_error(batch, line)?);
        }
        let found = errors.len() as u64;
        query.cursor = page.next_cursor;
        // A page that is empty and goes on would never end.
        let ends = query.cursor.is_none() || page.items.is_empty() || found > expected;
        match ends {
            true if found == expected => return Ok(errors),
            true => {
                let odd = format!("{found} rejected lines were shown, {expected} were counted");
                return Err(Unread::Odd(odd));
            }
            false => {}
        }
    }
}

fn item_error(batch: &Batch, line: &Line) -> Result<ItemError, Unread> {
    let Line { line_id, index, status, error, .. } = line;
    let sent = batch.payments.get(*index).is_some_and(|payment| payment.line_id == *line_id);
    let (true, LineStatus::Rejected, Some(error)) = (sent, status, error) else {
        let odd = format!("line {index} was not sent as {:?}, or not rejected", excerpt(line_id));
        return Err(Unread::Odd(odd));
    };
    Ok(ItemError {
        code: error.code(),
        message: format!("Line {line_id}: {}", error.message()),
        target: format!("/payments/{index}"),
    })
}
