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
}

impl Batch {
    /// Runs through.
    pub(crate) fn immediate(reference: &str, good: usize, bad: usize) -> Self {
        Self { reference: reference.to_owned(), good, bad }
    }

    pub(crate) fn line_id(&self, number: usize) -> String {
        format!("{}-{number}", self.reference)
    }

    /// The body of its request.
    pub(crate) fn body(&self) -> Value {
        json!({
            "reference": self.reference,
            "sell_currency": "EUR",
            "accept_immediately": true,
            "on_errors": "proceed_with_valid",
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
