//! Batches of payments.

use serde_json::{Value, json};

/// Well formed, and refused by the back office.
const CLOSED_ACCOUNT: &str = "0012-9999";

/// A batch, and what is to come of it.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) reference: String,
    /// The lines that the back office pays.
    pub(crate) good: usize,
    /// The lines that it refuses.
    pub(crate) bad: usize,
    /// Whether it goes on by itself with what is good.
    pub(crate) immediately: bool,
    /// Whether one refused line is the end of all.
    pub(crate) all_or_nothing: bool,
    /// How many days it may wait for a confirmation, when not as long as is usual.
    pub(crate) confirm_within: Option<i64>,
}

impl Batch {
    /// Waits for a confirmation.
    pub(crate) fn held(reference: &str, good: usize, bad: usize) -> Self {
        let reference = reference.to_owned();
        Self {
            reference,
            good,
            bad,
            immediately: false,
            all_or_nothing: false,
            confirm_within: None,
        }
    }

    /// Runs through.
    pub(crate) fn immediate(reference: &str, good: usize, bad: usize) -> Self {
        Self { immediately: true, ..Self::held(reference, good, bad) }
    }

    /// The id of a line, unique in all of a back office.
    pub(crate) fn line_id(&self, number: usize) -> String {
        format!("{}-{number}", self.reference)
    }

    /// What a line pays. No two neighbors are alike, so that one paid for another shows.
    pub(crate) const fn cents(number: usize) -> u64 {
        1000 + (number % 997) as u64
    }

    /// What all good lines pay.
    pub(crate) fn total_cents(&self) -> u64 {
        (0..self.good).map(Self::cents).sum()
    }

    /// The body of its request.
    pub(crate) fn body(&self) -> Value {
        let on_errors = match (self.all_or_nothing, self.immediately) {
            (true, _) => "reject_all",
            (false, true) => "proceed_with_valid",
            (false, false) => "hold",
        };
        let date = value_date();
        let lines: Vec<Value> =
            (0..self.good + self.bad).map(|number| self.line(number, &date)).collect();
        let confirm_by = self.confirm_within.and_then(in_days);
        json!({
            "reference": self.reference,
            "confirm_by": confirm_by,
            "sell_currency": "EUR",
            "accept_immediately": self.immediately,
            "on_errors": on_errors,
            "payments": lines,
        })
    }

    fn line(&self, number: usize, date: &str) -> Value {
        let account =
            if number < self.good { format!("1{number:05}") } else { CLOSED_ACCOUNT.into() };
        let cents = Self::cents(number);
        json!({
            "line_id": self.line_id(number),
            "amount": format!("{}.{:02}", cents / 100, cents % 100),
            "currency": "EUR",
            "value_date": date,
            "beneficiary":
                {"name": "Hafen Spedition GmbH", "account_number": account, "country": "DE"},
        })
    }
}

fn in_days(days: i64) -> Option<String> {
    let hours = jiff::Span::new().try_hours(24 * days).ok()?;
    jiff::Timestamp::now().checked_add(hours).ok().map(|at| at.to_string())
}

/// In two days: a batch that is sent around midnight must not be of yesterday.
fn value_date() -> String {
    let today = jiff::Zoned::now();
    let later = today.checked_add(jiff::Span::new().days(2));
    later.unwrap_or(today).date().to_string()
}
