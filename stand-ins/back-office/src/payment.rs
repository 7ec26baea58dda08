//! What a caller sends, and whether it can be read. Whether the bank *likes* a line is the
//! business of [`rules`](crate::rules); checksums of accounts are the sender's.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use crate::rules::{self, Refusal};

/// The most lines that one mass payment may have.
const MAX_LINES: usize = 5_000;

#[derive(Debug, Deserialize)]
pub(crate) struct NewMassPayment {
    pub(crate) mp_uuid: Option<Uuid>,
    pub(crate) reference: Option<String>,
    pub(crate) sell_currency: Option<String>,
    pub(crate) payments: Vec<Payment>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) line_id: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) value_date: String,
    pub(crate) beneficiary: Beneficiary,
    pub(crate) reference: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Beneficiary {
    pub(crate) name: String,
    pub(crate) iban: Option<String>,
    pub(crate) account_number: Option<String>,
    pub(crate) bic: Option<String>,
}

/// A readable line with the bank's verdict.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) line_id: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) reference: Option<String>,
    pub(crate) refusal: Option<Refusal>,
}

/// The first thing in a mass payment that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("payments: between 1 and {MAX_LINES} lines are expected")]
    LineCount,
    #[error("payments[{0}].line_id: empty, or used by an earlier line")]
    LineId(usize),
    #[error("payments[{0}].amount: a positive decimal number in a string is expected")]
    Amount(usize),
    #[error("payments[{0}].value_date: a date like 2030-01-31 is expected")]
    ValueDate(usize),
    #[error("payments[{0}].beneficiary: exactly one of iban and account_number is expected")]
    Account(usize),
}

impl Beneficiary {
    /// The IBAN or account number, if exactly one is there.
    pub(crate) fn account(&self) -> Option<&str> {
        match (&self.iban, &self.account_number) {
            (Some(account), None) | (None, Some(account)) => Some(account),
            _ => None,
        }
    }
}

/// Reads all lines, or says which one can't be read.
pub(crate) fn lines(payments: Vec<Payment>) -> Result<Vec<Line>, Malformed> {
    if payments.is_empty() || payments.len() > MAX_LINES {
        return Err(Malformed::LineCount);
    }
    reject_repeated_ids(&payments)?;
    payments.into_iter().enumerate().map(|(index, payment)| line(index, payment)).collect()
}

fn reject_repeated_ids(payments: &[Payment]) -> Result<(), Malformed> {
    let mut seen = HashSet::from([""]);
    match payments.iter().position(|payment| !seen.insert(&payment.line_id)) {
        Some(index) => Err(Malformed::LineId(index)),
        None => Ok(()),
    }
}

fn line(index: usize, payment: Payment) -> Result<Line, Malformed> {
    let amount = Decimal::from_str_exact(&payment.amount).map_err(|_| Malformed::Amount(index))?;
    if amount <= Decimal::ZERO {
        return Err(Malformed::Amount(index));
    }
    if payment.value_date.parse::<jiff::civil::Date>().is_err() {
        return Err(Malformed::ValueDate(index));
    }
    if payment.beneficiary.account().is_none() {
        return Err(Malformed::Account(index));
    }
    let refusal = rules::refusal(&payment, amount);
    let Payment { line_id, amount, currency, reference, .. } = payment;
    Ok(Line { line_id, amount, currency, reference, refusal })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &Malformed, change: impl FnOnce(&mut Vec<Payment>)) {
        let payments = serde_json::json!([
            {"line_id": "1", "amount": "1.50", "currency": "EUR", "value_date": "2030-01-31",
             "beneficiary": {"name": "Hafen Spedition GmbH", "iban": "DE89370400440532013000"}},
            {"line_id": "2", "amount": "2", "currency": "EUR", "value_date": "2030-01-31",
             "beneficiary": {"name": "Kontor Nord AG", "account_number": "12345678"}},
        ]);
        let mut payments: Vec<Payment> = serde_json::from_value(payments).unwrap();
        change(&mut payments);
        assert_eq!(&lines(payments).unwrap_err(), expected);
    }

    #[test]
    fn the_first_unreadable_line_is_named() {
        check(&Malformed::LineCount, Vec::clear);
        check(&Malformed::LineId(1), |it| it[1].line_id = "1".into());
        check(&Malformed::LineId(0), |it| it[0].line_id.clear());
        for amount in ["0", "-1", "1e3", "abc", ""] {
            check(&Malformed::Amount(1), |it| it[1].amount = amount.into());
        }
        check(&Malformed::ValueDate(0), |it| it[0].value_date = "2030-02-30".into());
        check(&Malformed::Account(0), |it| it[0].beneficiary.account_number = Some("1".into()));
        check(&Malformed::Account(1), |it| it[1].beneficiary.account_number = None);
    }
}
