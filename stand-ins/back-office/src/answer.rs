//! The JSON of answers.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use crate::office::{LineStatus, Status};
use crate::rules::Refusal;
use crate::store::{Counts, Entry, Page, PageLine, Repeated, View};

#[derive(Serialize)]
pub(crate) struct MassPaymentAnswer {
    id: Uuid,
    mp_uuid: Option<Uuid>,
    reference: Option<String>,
    sell_currency: Option<String>,
    pub(crate) status: Status,
    counts: Counts,
}

/// A mass payment with the verdicts on its lines, when they are known.
#[derive(Serialize)]
pub(crate) struct CreateAnswer {
    #[serde(flatten)]
    pub(crate) mass_payment: MassPaymentAnswer,
    #[serde(flatten)]
    pub(crate) verdicts: Option<Verdicts>,
}

#[derive(Serialize)]
pub(crate) struct Verdicts {
    accepted: Vec<String>,
    rejected: Vec<RejectedLine>,
}

#[derive(Serialize)]
struct RejectedLine {
    line_id: String,
    #[serde(flatten)]
    error: LineError,
}

#[derive(Serialize)]
struct LineError {
    code: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
pub(crate) struct DecisionAnswer {
    pub(crate) id: Uuid,
    pub(crate) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payments_created: Option<u32>,
}

#[derive(Serialize)]
pub(crate) struct LookupAnswer {
    pub(crate) items: Vec<MassPaymentAnswer>,
}

#[derive(Serialize)]
pub(crate) struct LinesAnswer {
    items: Vec<LineAnswer>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct LineAnswer {
    line_id: String,
    index: u32,
    status: LineStatus,
    amount: String,
    currency: String,
    error: Option<LineError>,
}

#[derive(Serialize)]
pub(crate) struct LedgerAnswer {
    pub(crate) entries: Vec<Entry>,
    pub(crate) duplicates: u64,
    pub(crate) total: u64,
    /// References that were sent more than once, paid or not.
    pub(crate) repeated: Vec<Repeated>,
}

#[derive(Serialize)]
pub(crate) struct MisbehaviorAnswer {
    pub(crate) counts: BTreeMap<String, u32>,
    pub(crate) seed: u64,
    pub(crate) pending: Vec<String>,
}

impl From<View> for MassPaymentAnswer {
    fn from(view: View) -> Self {
        let View { mass_payment, status, counts } = view;
        Self {
            id: mass_payment.id,
            mp_uuid: mass_payment.mp_uuid,
            reference: mass_payment.reference,
            sell_currency: mass_payment.sell_currency,
            status,
            counts,
        }
    }
}

impl From<Page> for Verdicts {
    fn from(page: Page) -> Self {
        let mut verdicts = Self { accepted: Vec::new(), rejected: Vec::new() };
        for PageLine { line_id, refusal, .. } in page.lines {
            match refusal {
                None => verdicts.accepted.push(line_id),
                Some(refusal) => {
                    verdicts.rejected.push(RejectedLine { line_id, error: refusal.into() });
                }
            }
        }
        verdicts
    }
}

impl From<Page> for LinesAnswer {
    fn from(page: Page) -> Self {
        Self {
            items: page.lines.into_iter().map(LineAnswer::from).collect(),
            next_cursor: page.next.map(|position| position.to_string()),
        }
    }
}

impl From<PageLine> for LineAnswer {
    fn from(line: PageLine) -> Self {
        Self {
            line_id: line.line_id,
            index: line.position,
            status: line.status,
            amount: line.amount,
            currency: line.currency,
            error: line.refusal.map(LineError::from),
        }
    }
}

impl From<Refusal> for LineError {
    fn from(refusal: Refusal) -> Self {
        Self { code: refusal.code(), message: refusal.message() }
    }
}

impl LedgerAnswer {
    /// Counts over all entries, and shows those that were paid at least so often.
    pub(crate) fn new(mut entries: Vec<Entry>, repeated: Vec<Repeated>, min_times: u32) -> Self {
        let total: u64 = entries.iter().map(|entry| u64::from(entry.times)).sum();
        let duplicates = total - entries.len() as u64;
        entries.retain(|entry| entry.times >= min_times);
        Self { entries, duplicates, total, repeated }
    }
}
