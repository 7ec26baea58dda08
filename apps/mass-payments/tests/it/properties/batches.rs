//! Any batch that keeps the rules is accepted as it is, from JSON, from CSV and
//! from a job's input.

use jiff::ToSpan;
use mass_payments::{
    Amount, Batch, Beneficiary, Bic, Country, Currency, Iban, MAX_DAYS_AHEAD, MassPayment,
    MediaType, OnErrors, Payment,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::request::{TODAY, send, send_json};

/// Printable, with all that needs care in JSON and CSV, and never blank.
const TEXT: &str = "[\\PC]{0,10}[a-zA-Zäłあ\"',;\\\\/]{1,5}[\\PC]{0,10}";
const NAME: &str = "[!-~]{1,20}";

fn money() -> impl Strategy<Value = (Amount, Currency)> {
    let digits = |pattern: &str, code: &'static str| {
        proptest::string::string_regex(pattern).unwrap().prop_map(move |amount| {
            (Amount::parse(&amount).unwrap(), Currency::parse(code).unwrap())
        })
    };
    prop_oneof![
        digits("[1-9][0-9]{0,14}", "JPY"),
        digits("[1-9][0-9]{0,14}(\\.[0-9]{1,2})?", "EUR"),
        digits("0\\.[0-9]{0,2}[1-9]", "BHD"),
    ]
}

fn beneficiary() -> impl Strategy<Value = Beneficiary> {
    let ibans =
        ["GB82WEST12345698765432", "DE44500105175407324931"].map(|it| Iban::parse(it).unwrap());
    let account = prop_oneof![
        select(ibans.to_vec()).prop_map(|iban| (Some(iban), None)),
        "[0-9A-Za-z-]{1,34}".prop_map(|number| (None, Some(number))),
    ];
    let bank = "[A-Z0-9]{4}";
    (TEXT, account, option::of(bank), select(&["GB", "JP"][..])).prop_map(
        |(name, (iban, account_number), bank, country)| {
            let place = iban.as_ref().map_or(country, Iban::country_code);
            let bic = bank.map(|bank| Bic::parse(&format!("{bank}{place}2L")).unwrap());
            let country = Some(Country::parse(country).unwrap());
            Beneficiary { name, iban, account_number, bic, country }
        },
    )
}

fn payment() -> impl Strategy<Value = Payment> {
    (NAME, money(), 0..=MAX_DAYS_AHEAD, beneficiary(), option::of(TEXT), option::of(TEXT)).prop_map(
        |(line_id, (amount, currency), days, beneficiary, reference, reason)| Payment {
            line_id,
            amount,
            currency,
            value_date: TODAY + days.days(),
            beneficiary,
            reference,
            reason,
        },
    )
}

fn batch() -> impl Strategy<Value = Batch> {
    let on_errors = [OnErrors::Hold, OnErrors::ProceedWithValid, OnErrors::RejectAll];
    let fields = (
        option::of(TEXT),
        any::<bool>(),
        select(on_errors.to_vec()),
        any::<bool>(),
        option::of(NAME),
    );
    (fields, vec(payment(), 1..8)).prop_map(
        |((reference, accept_immediately, on_errors, allow_duplicate, trade_id), mut payments)| {
            for (index, payment) in payments.iter_mut().enumerate() {
                payment.line_id += &format!("#{index}");
            }
            Batch {
                reference,
                accept_immediately,
                on_errors,
                confirm_by: accept_immediately.then(|| "2027-01-01T00:00:00Z".parse().unwrap()),
                sell_currency: trade_id.is_none().then(|| Currency::parse("EUR").unwrap()),
                trade_id,
                payments,
                allow_duplicate,
            }
        },
    )
}

/// As a careful spreadsheet writes it: every cell quoted.
fn csv(batch: &Batch) -> String {
    let quoted =
        |cell: Option<&str>| format!("\"{}\"", cell.unwrap_or_default().replace('"', "\"\""));
    let mut file = "line_id,amount,currency,value_date,beneficiary_name,beneficiary_iban,\
                    beneficiary_account_number,beneficiary_bic,beneficiary_country,reference,\
                    reason\r\n"
        .to_owned();
    for payment in &batch.payments {
        let Beneficiary { name, iban, account_number, bic, country } = &payment.beneficiary;
        let cells = [
            Some(payment.line_id.as_str()),
            Some(payment.amount.as_str()),
            Some(payment.currency.as_str()),
            Some(&payment.value_date.to_string()),
            Some(name),
            iban.as_ref().map(Iban::as_str),
            account_number.as_deref(),
            bic.as_ref().map(Bic::as_str),
            country.map(Country::as_str),
            payment.reference.as_deref(),
            payment.reason.as_deref(),
        ];
        file += &cells.map(quoted).join(",");
        file += "\r\n";
    }
    file
}

fn parameters(batch: &Batch) -> Vec<(String, String)> {
    let fields = serde_json::to_value(batch).unwrap();
    let fields = fields.as_object().unwrap().iter();
    fields
        .filter(|(name, _)| *name != "payments")
        .map(|(name, value)| {
            (name.clone(), value.as_str().map_or(value.to_string(), str::to_owned))
        })
        .collect()
}

proptest! {
    #[test]
    fn a_valid_batch_is_accepted_as_it_is(batch in batch()) {
        let json = serde_json::to_string(&batch).unwrap();
        let mass_payment = send_json(&json).unwrap();
        prop_assert_eq!(&*mass_payment, &batch);
        let from_csv = send(MediaType::Csv, csv(&batch).as_bytes(), &parameters(&batch));
        prop_assert_eq!(from_csv.unwrap().unwrap(), mass_payment);
    }

    #[test]
    fn a_jobs_input_is_read_as_it_was_written(batch in batch()) {
        let mass_payment = send_json(&serde_json::to_string(&batch).unwrap()).unwrap();
        let input = serde_json::to_vec(&mass_payment).unwrap();
        prop_assert_eq!(serde_json::from_slice::<MassPayment>(&input).unwrap(), mass_payment);
    }

    #[test]
    fn the_order_of_lines_does_not_change_the_fingerprint(batch in batch(), seed in any::<usize>()) {
        let fingerprint = |batch: &Batch| {
            send_json(&serde_json::to_string(batch).unwrap()).unwrap().fingerprint()
        };
        let mut turned = batch.clone();
        turned.payments.rotate_left(seed % batch.payments.len());
        prop_assert_eq!(fingerprint(&turned), fingerprint(&batch));
    }
}
