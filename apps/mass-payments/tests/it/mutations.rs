//! One thing wrong at a time: each is found, with its code, and nothing else.

use std::collections::BTreeSet;

use mass_payments::Code::{self, *};
use schemars::schema_for;

use crate::request::{VALID, refused, send_json};

/// What is replaced, by what, and where which error must be.
type Mutation = (&'static str, &'static str, &'static str, Code);

const IBAN: &str = "/payments/0/beneficiary/iban";
const NUMBER: &str = "/payments/1/beneficiary/account_number";

const COUNTRY: &str = "/payments/0/beneficiary/country";

const LONG_TEXT: &str = concat!(
    "a text that goes on and on and on and on and on and on and on and on and on and ",
    "on and on and on and on and on and on and on and on and on and on and on and on",
);

const MUTATIONS: [Mutation; 64] = [
    // The batch
    ("\"payroll-2026-11\"", "\"\"", "/reference", TextEmpty),
    ("payroll-2026-11", "payroll\\n2026-11", "/reference", TextControlCharacter),
    ("payroll-2026-11", LONG_TEXT, "/reference", TextTooLong),
    ("\"payroll-2026-11\"", "7", "/reference", FieldType),
    ("immediately\": true", "immediately\": \"true\"", "/accept_immediately", FieldType),
    ("duplicate\": true", "duplicate\": 1", "/allow_duplicate", FieldType),
    ("proceed_with_valid", "proceed", "/on_errors", OnErrorsUnknown),
    ("\"proceed_with_valid\"", "[\"hold\"]", "/on_errors", FieldType),
    ("2026-11-30T12:00:00Z", "2026-11-30", "/confirm_by", ConfirmByFormat),
    ("2026-11-30T12:00:00Z", "2026-11-22T12:00:00Z", "/confirm_by", ConfirmByPast),
    ("\"EUR\"", "\"EURO\"", "/sell_currency", CurrencyUnknown),
    ("\"EUR\"", "null", "/sell_currency", FundingMissing),
    ("\"EUR\"", "\"EUR\", \"trade_id\": \"TR-1\"", "/sell_currency", FundingAmbiguous),
    ("\"sell_currency\": \"EUR\"", "\"trade_id\": \"TR 1\"", "/trade_id", TradeIdFormat),
    ("\"reference\": \"pay", "\"referense\": \"pay", "/referense", FieldUnknown),
    ("\"reference\": \"pay", "\"a/b~c\": \"pay", "/a~1b~0c", FieldUnknown),
    ("\"on_errors\"", "\"reference\": null, \"on_errors\"", "/reference", FieldRepeated),
    ("\"payments\"", "\"payment\": [], \"payments\"", "/payment", FieldUnknown),
    ("\"payments\"", "\"payments\": null, \"payments\"", "/payments", FieldRepeated),
    // A line
    ("\"line_id\": \"emp-1\",", "", "/payments/0/line_id", FieldMissing),
    ("\"emp-1\"", "null", "/payments/0/line_id", FieldMissing),
    ("\"emp-1\"", "\"\"", "/payments/0/line_id", LineIdFormat),
    ("emp-1", "emp 1", "/payments/0/line_id", LineIdFormat),
    ("emp-2", "emp-1", "/payments/1/line_id", LineIdRepeated),
    ("\"1000.50\"", "1000.50", "/payments/0/amount", AmountIsNumber),
    ("\"250000\"", "250000", "/payments/1/amount", AmountIsNumber),
    ("\"1000.50\"", "true", "/payments/0/amount", FieldType),
    ("1000.50", "1,000.50", "/payments/0/amount", AmountFormat),
    ("1000.50", "0.00", "/payments/0/amount", AmountNotPositive),
    ("1000.50", "-1000.50", "/payments/0/amount", AmountNotPositive),
    ("1000.50", "1000000000000000", "/payments/0/amount", AmountTooLarge),
    ("1000.50", "1000.505", "/payments/0/amount", AmountDecimals),
    ("250000", "250000.0", "/payments/1/amount", AmountDecimals),
    ("\"GBP\"", "\"GPB\"", "/payments/0/currency", CurrencyUnknown),
    ("\"GBP\"", "{}", "/payments/0/currency", FieldType),
    ("2026-11-25", "2026-11-31", "/payments/0/value_date", ValueDateFormat),
    ("2026-11-25", "2026-11-21", "/payments/0/value_date", ValueDatePast),
    ("2026-11-25", "2027-11-24", "/payments/0/value_date", ValueDateTooFar),
    ("Salary 1", "Salary\\u0000", "/payments/0/reference", TextControlCharacter),
    ("Salary 1", LONG_TEXT, "/payments/0/reference", TextTooLong),
    ("\"salary\"", "\" \"", "/payments/0/reason", TextEmpty),
    ("\"amount\": \"1", "\"amount\": \"1\", \"amount\": \"1", "/payments/0/amount", FieldRepeated),
    ("\"reason\"", "\"purpose\"", "/payments/0/purpose", FieldUnknown),
    ("\"payments\": [", "\"payments\": [null,", "/payments/0", FieldType),
    ("\"payments\": [", "\"payments\": [[{}],", "/payments/0", FieldType),
    // A beneficiary
    ("\"Alice Ashworth\"", "null", "/payments/0/beneficiary/name", FieldMissing),
    ("Alice Ashworth", " ", "/payments/0/beneficiary/name", TextEmpty),
    ("Alice Ashworth", "Alice\\tAshworth", "/payments/0/beneficiary/name", TextControlCharacter),
    ("Alice Ashworth", LONG_TEXT, "/payments/0/beneficiary/name", TextTooLong),
    ("\"GB82WEST12345698765432\"", "null", IBAN, AccountMissing),
    ("\"GB82WEST12345698765432\"", "8.2", IBAN, FieldType),
    ("GB82WEST12345698765432", "GB82-WEST", IBAN, IbanFormat),
    ("GB82WEST12345698765432", "GB82WEST12345698765423", IBAN, IbanChecksum),
    ("GB82WEST12345698765432", "GB82WEST1234569876543", IBAN, IbanChecksum),
    ("GB82WEST12345698765432", "US64SVBKUS6S3300958879", IBAN, IbanCountry),
    ("GB82WEST12345698765432", "GB49WEST123456987654321", IBAN, IbanStructure),
    ("WESTGB22", "WESTGB2", "/payments/0/beneficiary/bic", BicFormat),
    ("WESTGB22", "WESTDE22", "/payments/0/beneficiary/bic", BicCountry),
    ("\"country\": \"GB\"", "\"country\": \"UK\"", COUNTRY, CountryUnknown),
    ("\"bic\": \"WEST", "\"swift\": \"WEST", "/payments/0/beneficiary/swift", FieldUnknown),
    ("\"country\": \"GB\"", "\"country\": \"GB\", \"country\": \"GB\"", COUNTRY, FieldRepeated),
    ("1234567\"", "12 34 567\"", NUMBER, AccountNumberFormat),
    ("\"country\": \"JP\"", "\"country\": null", "/payments/1/beneficiary/country", FieldMissing),
    ("\"bic\": \"WEST", "\"account_number\": \"1\", \"bic\": \"WEST", IBAN, AccountAmbiguous),
];

/// Codes that one replacement can't provoke; the other tests do.
const ELSEWHERE: [Code; 3] = [PaymentsEmpty, PaymentsTooMany, CellCount];

#[test]
fn the_request_itself_is_right() {
    send_json(VALID).unwrap();
}

#[test]
fn every_mutation_is_told_by_its_code_and_nothing_else_is() {
    for (from, to, pointer, code) in MUTATIONS {
        assert!(VALID.contains(from), "{from}");
        refused(&VALID.replacen(from, to, 1), &[(pointer, code)]);
    }
}

#[test]
fn every_code_has_a_mutation() {
    let tried: BTreeSet<String> =
        MUTATIONS.iter().map(|it| it.3).chain(ELSEWHERE).map(|code| code.to_string()).collect();
    let schema = schema_for!(Code).to_value();
    let known = schema["oneOf"].as_array().unwrap().iter();
    let known: BTreeSet<String> =
        known.map(|it| it["const"].as_str().unwrap().to_owned()).collect();
    assert_eq!(tried, known);
}
