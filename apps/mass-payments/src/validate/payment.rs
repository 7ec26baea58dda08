//! The rules of one line.

use jiff::civil::Date;

use super::at::{At, Line};
use super::text::{is_name, name, text};
use super::{account, date};
use crate::batch::Payment;
use crate::code::Code;
use crate::draft::{DraftPayment, Field};
use crate::line_error::{Defect, LineErrors};
use crate::value::{Amount, Currency};

const MAX_TEXT: usize = 140;

/// Names of the lines so far, and where each was used first.
pub(super) type FirstUses = std::collections::HashMap<String, usize>;

pub(super) fn check(
    index: usize,
    draft: DraftPayment,
    today: Date,
    first_uses: &mut FirstUses,
    errors: &mut LineErrors,
) -> Option<Payment> {
    let line_id = legible(&draft.line_id);
    let mut at = At::line(errors, Line { index, line_id, file_line: draft.file_line });
    at.unknown_fields("", &draft.unknown);
    let line_id = at
        .required("/line_id", draft.line_id, |it| name(it, Code::LineIdFormat))
        .and_then(|it| at.check("/line_id", unused(it, index, first_uses)));
    let currency = at.required("/currency", draft.currency, |it| Currency::parse(&it));
    let amount = at.required("/amount", draft.amount, |it| Amount::parse(&it));
    if let (Some(amount), Some(currency)) = (&amount, currency) {
        at.check("/amount", amount.fits(currency));
    }
    let value_date =
        at.required("/value_date", draft.value_date, |it| date::value_date(&it, today));
    let beneficiary = at
        .required("/beneficiary", draft.beneficiary, Ok)
        .and_then(|it| account::check(it, &mut at));
    let reference = at.optional("/reference", draft.reference, |it| text(it, MAX_TEXT));
    let reason = at.optional("/reason", draft.reason, |it| text(it, MAX_TEXT));
    Some(Payment {
        line_id: line_id?,
        amount: amount?,
        currency: currency?,
        value_date: value_date?,
        beneficiary: beneficiary?,
        reference: reference?,
        reason: reason?,
    })
}

/// The name to repeat in errors, if the line has one that can be repeated.
fn legible(line_id: &Field<String>) -> Option<String> {
    match line_id {
        Field::Given(text) if is_name(text) => Some(text.clone()),
        _ => None,
    }
}

fn unused(line_id: String, index: usize, first_uses: &mut FirstUses) -> Result<String, Defect> {
    match first_uses.get(&line_id) {
        Some(first) => {
            let message = format!("is the line_id of /payments/{first} too");
            Err(Defect::new(Code::LineIdRepeated, message))
        }
        None => {
            first_uses.insert(line_id.clone(), index);
            Ok(line_id)
        }
    }
}
