//! A request that is right in every way, and short ways to send it.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use mass_payments::{Code, LineErrors, Malformed, MassPayment, MediaType, parse, validate};

pub(crate) const TODAY: Date = date(2026, 11, 22);
const NOW: Timestamp = Timestamp::constant(1_795_348_800, 0);

pub(crate) const VALID: &str = r#"{
  "reference": "payroll-2026-11",
  "accept_immediately": true,
  "on_errors": "proceed_with_valid",
  "confirm_by": "2026-11-30T12:00:00Z",
  "sell_currency": "EUR",
  "allow_duplicate": true,
  "payments": [
    {
      "line_id": "emp-1",
      "amount": "1000.50",
      "currency": "GBP",
      "value_date": "2026-11-25",
      "beneficiary": {
        "name": "Alice Ashworth",
        "iban": "GB82WEST12345698765432",
        "bic": "WESTGB22",
        "country": "GB"
      },
      "reference": "Salary 1",
      "reason": "salary"
    },
    {
      "line_id": "emp-2",
      "amount": "250000",
      "currency": "JPY",
      "value_date": "2026-11-26",
      "beneficiary": {
        "name": "Aoi Akamine",
        "account_number": "1234567",
        "bic": "SKRBJPJT",
        "country": "JP"
      }
    }
  ]
}"#;

/// Two payments, the second without what may be left out.
pub(crate) const VALID_CSV: &str = "\
line_id,amount,currency,value_date,beneficiary_name,beneficiary_iban,beneficiary_account_number,\
beneficiary_bic,beneficiary_country,reference,reason
emp-1,1000.50,GBP,2026-11-25,Alice Ashworth,GB82WEST12345698765432,,WESTGB22,GB,Salary 1,salary
emp-2,250000,JPY,2026-11-26,Aoi Akamine,,1234567,SKRBJPJT,JP,,
";

pub(crate) fn parameters(text: &str) -> Vec<(String, String)> {
    text.split_terminator('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The fields of the batch in [`VALID`].
pub(crate) fn valid_parameters() -> Vec<(String, String)> {
    parameters(
        "reference=payroll-2026-11&accept_immediately=true&on_errors=proceed_with_valid\
         &confirm_by=2026-11-30T12:00:00Z&sell_currency=EUR&allow_duplicate=true",
    )
}

pub(crate) fn send(
    media_type: MediaType,
    body: &[u8],
    parameters: &[(String, String)],
) -> Result<Result<MassPayment, LineErrors>, Malformed> {
    parse(media_type, body, parameters).map(|draft| validate(draft, TODAY, NOW))
}

pub(crate) fn send_json(body: &str) -> Result<MassPayment, LineErrors> {
    send(MediaType::Json, body.as_bytes(), &[]).expect("the body is well formed")
}

pub(crate) fn send_csv(body: &str) -> Result<MassPayment, LineErrors> {
    send(MediaType::Csv, body.as_bytes(), &valid_parameters()).expect("the body is well formed")
}

pub(crate) fn places(errors: &LineErrors) -> Vec<(&str, Code)> {
    errors.errors().iter().map(|error| (error.pointer.as_str(), error.code)).collect()
}

/// Sends JSON that must be refused, in just these places.
#[track_caller]
pub(crate) fn refused(body: &str, expected: &[(&str, Code)]) {
    let errors = send_json(body).expect_err("the request is wrong");
    assert_eq!(places(&errors), expected, "{body}");
}

/// A valid request of so many lines.
pub(crate) fn of_length(lines: usize) -> String {
    let line = |number: usize| {
        format!(
            r#"{{"line_id":"emp-{number}","amount":"1000.50","currency":"GBP","value_date":"2026-11-25","beneficiary":{{"name":"Alice Ashworth","iban":"GB82WEST12345698765432"}}}}"#
        )
    };
    let lines: Vec<String> = (0..lines).map(line).collect();
    format!(r#"{{"trade_id":"TR-1","payments":[{}]}}"#, lines.join(","))
}
