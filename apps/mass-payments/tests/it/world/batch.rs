//! Batches to send.

use serde_json::{Value, json};

/// Well formed, and refused by the back office.
const CLOSED_ACCOUNT: &str = "0012-9999";

/// A batch of so many good lines, then so many that the back office refuses.
pub(crate) fn batch(reference: &str, good: usize, bad: usize) -> Value {
    let line = |number: usize| {
        let account = if number < good { format!("1{number:05}") } else { CLOSED_ACCOUNT.into() };
        line(&format!("{reference}-{number}"), &account)
    };
    json!({
        "reference": reference,
        "sell_currency": "EUR",
        "payments": (0..good + bad).map(line).collect::<Vec<_>>(),
    })
}

fn line(line_id: &str, account: &str) -> Value {
    let tomorrow = jiff::Zoned::now().tomorrow().unwrap().date().to_string();
    json!({
        "line_id": line_id,
        "amount": "12.50",
        "currency": "EUR",
        "value_date": tomorrow,
        "beneficiary": {"name": "Hafen Spedition GmbH", "account_number": account, "country": "DE"},
    })
}
