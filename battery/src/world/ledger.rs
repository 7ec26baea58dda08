//! What the back office really paid.

use std::collections::BTreeMap;

use serde_json::Value;

use super::batch::Batch;

/// What was paid, by reference and line: business words, never an id of ours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    paid: BTreeMap<String, BTreeMap<String, Paid>>,
    /// How often batches were taken in, beyond the first time.
    repeated: u64,
}

#[derive(Debug, Clone, Copy)]
struct Paid {
    times: u64,
    cents: u64,
}

impl Ledger {
    /// As the back office tells it; none when that can't be read.
    pub(crate) fn read(told: &Value) -> Option<Self> {
        let mut ledger = Self::default();
        for entry in told["entries"].as_array()? {
            let word = |name: &str| entry[name].as_str().map(str::to_owned);
            let paid =
                Paid { times: entry["times"].as_u64()?, cents: cents(entry["amount"].as_str()?)? };
            ledger.paid.entry(word("reference")?).or_default().insert(word("line_id")?, paid);
        }
        for entry in told["repeated"].as_array()? {
            ledger.repeated += entry["times"].as_u64()?.saturating_sub(1);
        }
        Some(ledger)
    }

    /// How often batches were taken in beyond the first time, paid or not.
    pub(crate) const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Entries beyond the first, of all lines.
    pub(crate) fn twice(&self) -> u64 {
        self.paid.values().flat_map(BTreeMap::values).map(|paid| paid.times.saturating_sub(1)).sum()
    }

    /// All money that was paid.
    pub(crate) fn cents(&self) -> u64 {
        self.paid.values().flat_map(BTreeMap::values).map(|paid| paid.times * paid.cents).sum()
    }

    /// The money paid for a reference.
    pub(crate) fn cents_of(&self, reference: &str) -> u64 {
        self.lines(reference).map(|(_, paid)| paid.times * paid.cents).sum()
    }

    /// Good lines of the batch that were not paid.
    pub(crate) fn missing(&self, batch: &Batch) -> u64 {
        let paid = |number| {
            let lines = self.paid.get(&batch.reference);
            lines.is_some_and(|lines| lines.contains_key(&batch.line_id(number)))
        };
        (0..batch.good).filter(|number| !paid(*number)).count() as u64
    }

    /// Lines paid under a reference.
    pub(crate) fn count(&self, reference: &str) -> u64 {
        self.lines(reference).count() as u64
    }

    /// Whether each good line of the batch was paid once, and nothing else of it.
    pub(crate) fn is_paid(&self, batch: &Batch) -> bool {
        let once = self.lines(&batch.reference).all(|(_, paid)| paid.times == 1);
        once && self.missing(batch) == 0 && self.count(&batch.reference) == batch.good as u64
    }

    /// Every reference.
    pub(crate) fn references(&self) -> impl Iterator<Item = &str> {
        self.paid.keys().map(String::as_str)
    }

    fn lines(&self, reference: &str) -> impl Iterator<Item = (&String, &Paid)> {
        self.paid.get(reference).into_iter().flatten()
    }
}

/// `12.5`, `12.50` and `12` as cents.
fn cents(amount: &str) -> Option<u64> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let fraction = format!("{fraction:0<2}");
    let cents = whole.parse::<u64>().ok()?.checked_mul(100)?;
    cents.checked_add(fraction.get(..2)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_is_cents() {
        assert_eq!(["12.5", "12.50", "12"].map(cents), [Some(1250), Some(1250), Some(1200)]);
        assert_eq!(cents("12.x"), None);
    }

    #[test]
    fn it_knows_what_is_missing_and_what_is_twice() {
        let batch = Batch::immediate("a", 2, 1);
        let entry = |line: usize, times: u64| json!({"reference": "a", "line_id": batch.line_id(line), "amount": "10.0", "times": times});
        let ledger =
            |entries: &[Value]| Ledger::read(&json!({"entries": entries, "repeated": []})).unwrap();
        assert!(ledger(&[entry(0, 1), entry(1, 1)]).is_paid(&batch));
        let doubled = ledger(&[entry(0, 1), entry(1, 2)]);
        assert!(!doubled.is_paid(&batch));
        assert_eq!((doubled.twice(), doubled.missing(&batch), doubled.cents()), (1, 0, 3000));
        assert_eq!(ledger(&[entry(1, 1)]).missing(&batch), 1);
        // A refused line that was paid all the same.
        assert!(!ledger(&[entry(0, 1), entry(1, 1), entry(2, 1)]).is_paid(&batch));
    }
}
