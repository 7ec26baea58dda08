//! Batches to send.

use serde_json::{Value, json};

/// Well formed, and refused by the back office.
const CLOSED_ACCOUNT: &str = "0012-9999";

/// A batch, and what is to come of it.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) reference: String,
    /// The lines that the bank pays.
    pub(crate) good: usize,
    /// The lines that it refuses.
    pub(crate) bad: usize,
    /// Whether it goes on by itself with what is good.
    pub(crate) immediately: bool,
    /// Whether one refused line is the end of all.
    pub(crate) all_or_nothing: bool,
}

impl Batch {
    /// Waits for a confirmation.
    pub(crate) fn held(reference: &str, good: usize, bad: usize) -> Self {
        let reference = reference.to_owned();
        Self { reference, good, bad, immediately: false, all_or_nothing: false }
    }

    /// Runs through.
    pub(crate) fn immediate(reference: &str, good: usize, bad: usize) -> Self {
        Self { immediately: true, ..Self::held(reference, good, bad) }
    }

    pub(crate) fn line_id(&self, number: usize) -> String {
        format!("{}-{number}", self.reference)
    }

    /// The body of its request.
    pub(crate) fn body(&self) -> Value {
        let on_errors = match (self.all_or_nothing, self.immediately) {
            (true, _) => "reject_all",
            (false, true) => "proceed_with_valid",
            (false, false) => "hold",
        };
        json!({
            "reference": self.reference,
            "sell_currency": "EUR",
            "accept_immediately": self.immediately,
            "on_errors": on_errors,
            "payments": (0..self.good + self.bad).map(|number| self.line(number)).collect::<Vec<_>>(),
        })
    }

    fn line(&self, number: usize) -> Value {
        let tomorrow = jiff::Zoned::now().tomorrow().unwrap().date().to_string();
        let account =
            if number < self.good { format!("1{number:05}") } else { CLOSED_ACCOUNT.into() };
        json!({
            "line_id": self.line_id(number),
            "amount": "12.50",
            "currency": "EUR",
            "value_date": tomorrow,
            "beneficiary":
                {"name": "Hafen Spedition GmbH", "account_number": account, "country": "DE"},
        })
    }
}
