//! Tells whether two batches are the same payments, however they were sent:
//! the guard against a file that is uploaded twice under two keys.

use sha2::{Digest, Sha256};

use crate::batch::{Beneficiary, Payment};
use crate::validate::MassPayment;
use crate::value::{Bic, Country, Iban};

/// Changes with the way of hashing: then no two fingerprints may agree by
/// accident.
const VERSION: &[u8] = b"mass-payments/1";

impl MassPayment {
    /// SHA-256, in hex, of what is paid to whom and when. The order of the
    /// lines does not matter, nor do spaces in an IBAN or zeros at the end of an
    /// amount; and nothing that only says how to handle the batch:
    /// `reference`, funding, confirmation, `allow_duplicate`.
    pub fn fingerprint(&self) -> String {
        let mut lines: Vec<&Payment> = self.payments.iter().collect();
        lines.sort_unstable_by(|a, b| a.line_id.cmp(&b.line_id));
        let mut hasher = Sha256::new_with_prefix(VERSION);
        for line in lines {
            add_line(&mut hasher, line);
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Taken apart completely, so that a new field can't be forgotten here.
fn add_line(hasher: &mut Sha256, line: &Payment) {
    let Payment { line_id, amount, currency, value_date, beneficiary, reference, reason } = line;
    let Beneficiary { name, iban, account_number, bic, country } = beneficiary;
    let value_date = value_date.to_string();
    let fields = [
        Some(line_id.as_str()),
        Some(amount.normalized()),
        Some(currency.as_str()),
        Some(value_date.as_str()),
        Some(name.as_str()),
        iban.as_ref().map(Iban::as_str),
        account_number.as_deref(),
        bic.as_ref().map(Bic::as_str),
        country.map(Country::as_str),
        reference.as_deref(),
        reason.as_deref(),
    ];
    for field in fields {
        add_field(hasher, field);
    }
}

/// With its length before it, so that no text can pass for the next field.
fn add_field(hasher: &mut Sha256, field: Option<&str>) {
    match field {
        None => hasher.update([0]),
        Some(text) => {
            hasher.update([1]);
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
    }
}
