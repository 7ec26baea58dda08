//! The rules of the batch, and of its lines among each other.

use jiff::Timestamp;
use jiff::civil::Date;

use super::at::{At, Line};
use super::payment::FirstUses;
use super::text::{name, text};
use super::{date, payment};
use crate::batch::{Batch, MAX_PAYMENTS, OnErrors, Payment};
use crate::code::Code;
use crate::draft::{Draft, DraftPayments};
use crate::line_error::{Defect, LineErrors};
use crate::value::Currency;

const MAX_REFERENCE: usize = 64;

pub(super) fn check(
    draft: Draft,
    today: Date,
    now: Timestamp,
    errors: &mut LineErrors,
) -> Option<Batch> {
    let mut at = At::batch(errors);
    at.unknown_fields("", &draft.unknown);
    let (sell_currency, trade_id) = (draft.sell_currency, draft.trade_id);
    at.check("/sell_currency", funded(sell_currency.is_given(), trade_id.is_given()));
    let reference = at.optional("/reference", draft.reference, |it| text(it, MAX_REFERENCE));
    let accept_immediately = at.optional("/accept_immediately", draft.accept_immediately, Ok);
    let on_errors = at.optional("/on_errors", draft.on_errors, |it| on_errors(&it));
    let confirm_by = at.optional("/confirm_by", draft.confirm_by, |it| date::confirm_by(&it, now));
    let sell_currency = at.optional("/sell_currency", sell_currency, |it| Currency::parse(&it));
    let trade_id = at.optional("/trade_id", trade_id, |it| name(it, Code::TradeIdFormat));
    let allow_duplicate = at.optional("/allow_duplicate", draft.allow_duplicate, Ok);
    let lines = at.required("/payments", draft.payments, within_limits)?;
    let payments = payments(lines, today, errors);
    Some(Batch {
        reference: reference?,
        accept_immediately: accept_immediately?.unwrap_or_default(),
        on_errors: on_errors?.unwrap_or_default(),
        confirm_by: confirm_by?,
        sell_currency: sell_currency?,
        trade_id: trade_id?,
        payments: payments?,
        allow_duplicate: allow_duplicate?.unwrap_or_default(),
    })
}

/// Checks all lines, also after a wrong one.
fn payments(lines: DraftPayments, today: Date, errors: &mut LineErrors) -> Option<Vec<Payment>> {
    let mut first_uses = FirstUses::new();
    let checked: Vec<Option<Payment>> = lines
        .lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| {
            let line = At::line(errors, Line::unread(index)).check("", line)?;
            payment::check(index, line, today, &mut first_uses, errors)
        })
        .collect();
    checked.into_iter().collect()
}

fn on_errors(text: &str) -> Result<OnErrors, Defect> {
    match text {
        "hold" => Ok(OnErrors::Hold),
        "proceed_with_valid" => Ok(OnErrors::ProceedWithValid),
        "reject_all" => Ok(OnErrors::RejectAll),
        _ => Err(Defect::new(
            Code::OnErrorsUnknown,
            "must be \"hold\", \"proceed_with_valid\" or \"reject_all\"",
        )),
    }
}

fn funded(by_currency: bool, by_trade: bool) -> Result<(), Defect> {
    match (by_currency, by_trade) {
        (false, false) => {
            Err(Defect::new(Code::FundingMissing, "sell_currency or trade_id is required"))
        }
        (true, true) => Err(Defect::new(
            Code::FundingAmbiguous,
            "sell_currency and trade_id exclude each other",
        )),
        _ => Ok(()),
    }
}

fn within_limits(payments: DraftPayments) -> Result<DraftPayments, Defect> {
    let count = payments.lines.len() + payments.surplus;
    match count {
        0 => Err(Defect::new(Code::PaymentsEmpty, "a batch has at least one payment")),
        1..=MAX_PAYMENTS => Ok(payments),
        _ => {
            let message = format!("a batch has at most {MAX_PAYMENTS} payments, this one {count}");
            Err(Defect::new(Code::PaymentsTooMany, message))
        }
    }
}
