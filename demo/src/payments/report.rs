//! How the story ended, and whether it should have.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::Value;

use super::office::Ledger;
use super::story::{End, text};
use crate::args::Misbehave;
use crate::error::Error;

/// What the sample holds: so many lines, and so many of them that the back office refuses.
const RECEIVED: u64 = 1000;
const REJECTED: u64 = 37;
/// What the gentle script does; each must have happened.
const GENTLE: [&str; 3] = ["lost_after", "unavailable", "hang"];
/// What harsh misbehavior begins with; each must have happened.
const HARSH: [&str; 3] = ["error_after", "throttled", "lost_after"];

/// The last line of the demo.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) operation: String,
    status: String,
    stage: String,
    with_errors: bool,
    payments: Payments,
    survived: BTreeMap<String, u64>,
    ledger_duplicates: u64,
    elapsed_ms: u64,
    #[serde(skip)]
    ledger_entries: u64,
    #[serde(skip)]
    misbehave: Misbehave,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
struct Payments {
    received: u64,
    created: u64,
    rejected: u64,
}

impl Report {
    pub(crate) fn new(
        end: &End,
        ledger: &Ledger,
        survived: BTreeMap<String, u64>,
        misbehave: Misbehave,
        elapsed: Duration,
    ) -> Self {
        let count = |name: &str| {
            let count = end.mass_payment.pointer(&format!("/counts/{name}"));
            count.and_then(Value::as_u64).unwrap_or(0)
        };
        let with_errors = end.mass_payment.get("with_errors").and_then(Value::as_bool);
        Self {
            operation: text(&end.operation, "id").to_owned(),
            status: text(&end.operation, "status").to_owned(),
            stage: text(&end.mass_payment, "status").to_owned(),
            with_errors: with_errors.unwrap_or(false),
            payments: Payments {
                received: count("received"),
                created: count("created"),
                rejected: count("rejected"),
            },
            survived: survived.into_iter().filter(|(_, times)| *times > 0).collect(),
            ledger_duplicates: ledger.duplicates,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            ledger_entries: u64::try_from(ledger.entries.len()).unwrap_or(u64::MAX),
            misbehave,
        }
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let errors = if self.with_errors { " with errors" } else { "" };
        table.add_row(["ended", &format!("{} ({}{errors})", self.status, self.stage)]);
        table.add_row(["received", &self.payments.received.to_string()]);
        table.add_row(["created", &self.payments.created.to_string()]);
        table.add_row(["rejected", &self.payments.rejected.to_string()]);
        table.add_row(["in the bank's ledger", &self.ledger_entries.to_string()]);
        table.add_row(["paid twice", &self.ledger_duplicates.to_string()]);
        let survived: Vec<String> =
            self.survived.iter().map(|(what, times)| format!("{what} ×{times}")).collect();
        table.add_row(["survived", &survived.join(", ")]);
        table.add_row([
            "took",
            &format!("{:.1} s", Duration::from_millis(self.elapsed_ms).as_secs_f64()),
        ]);
        table.trim_fmt()
    }

    /// An error unless all is as it should be.
    pub(crate) fn verdict(&self) -> Result<(), Error> {
        let wrong = self.wrong();
        if wrong.is_empty() { Ok(()) } else { Err(Error::Wrong(wrong.join("\n"))) }
    }

    fn wrong(&self) -> Vec<String> {
        let created = RECEIVED - REJECTED;
        let expected = Payments { received: RECEIVED, created, rejected: REJECTED };
        let checks = [
            (self.status == "Succeeded", "the operation did not succeed"),
            (self.stage == "created", "the mass payment was not created"),
            (self.with_errors, "the rejected lines are not shown as errors"),
            (
                self.payments == expected,
                "the counts are not 1000 received, 963 created, 37 rejected",
            ),
            (self.ledger_entries == created, "the ledger does not hold each accepted line"),
            (self.ledger_duplicates == 0, "lines were paid twice"),
        ];
        let failed = checks.into_iter().filter(|(good, _)| !good);
        let mut wrong: Vec<String> = failed.map(|(_, what)| format!("- {what}")).collect();
        let certain = match self.misbehave {
            Misbehave::Gentle => GENTLE,
            Misbehave::Harsh => HARSH,
        };
        let missing = certain.iter().filter(|kind| !self.survived.contains_key(**kind));
        wrong.extend(missing.map(|kind| format!("- `{kind}` never happened")));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            operation: "id".into(),
            status: "Succeeded".into(),
            stage: "created".into(),
            with_errors: true,
            payments: Payments { received: 1000, created: 963, rejected: 37 },
            survived: GENTLE.iter().map(|kind| ((*kind).to_owned(), 1)).collect(),
            ledger_duplicates: 0,
            elapsed_ms: 1,
            ledger_entries: 963,
            misbehave: Misbehave::Gentle,
        }
    }

    #[test]
    fn a_good_end_is_good() {
        assert!(report().verdict().is_ok());
    }

    #[test]
    fn each_thing_that_is_wrong_fails_it() {
        let spoil: [fn(&mut Report); 7] = [
            |it| it.status = "Failed".into(),
            |it| it.stage = "canceled".into(),
            |it| it.with_errors = false,
            |it| it.payments.created = 964,
            |it| it.ledger_entries = 962,
            |it| it.ledger_duplicates = 1,
            |it| it.survived.retain(|kind, _| kind != "hang"),
        ];
        for (number, spoil) in spoil.into_iter().enumerate() {
            let mut report = report();
            spoil(&mut report);
            assert!(report.verdict().is_err(), "{number}");
        }
    }
}
