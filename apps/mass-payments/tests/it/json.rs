//! What is read from JSON, and what is no request at all.

use jiff::civil::date;
use mass_payments::{Malformed, MediaType, OnErrors};

use crate::request::{VALID, of_length, send, send_json};

fn malformed(body: impl AsRef<[u8]>) -> Malformed {
    send(MediaType::Json, body.as_ref(), &[]).expect_err("the body can't be read")
}

#[test]
fn every_field_arrives() {
    let mass_payment = send_json(VALID).unwrap();
    assert_eq!(mass_payment.reference.as_deref(), Some("payroll-2026-11"));
    assert!(mass_payment.accept_immediately && mass_payment.allow_duplicate);
    assert_eq!(mass_payment.on_errors, OnErrors::ProceedWithValid);
    assert_eq!(mass_payment.confirm_by, Some("2026-11-30T12:00:00Z".parse().unwrap()));
    assert_eq!(mass_payment.sell_currency.map(|it| it.as_str()), Some("EUR"));
    assert_eq!(mass_payment.trade_id, None);

    let [first, second] = &mass_payment.payments[..] else { panic!("two payments") };
    assert_eq!((first.line_id.as_str(), first.amount.as_str()), ("emp-1", "1000.50"));
    assert_eq!((first.currency.as_str(), first.value_date), ("GBP", date(2026, 11, 25)));
    assert_eq!(
        (first.reference.as_deref(), first.reason.as_deref()),
        (Some("Salary 1"), Some("salary"))
    );
    assert_eq!(first.beneficiary.name, "Alice Ashworth");
    assert_eq!(first.beneficiary.iban.as_ref().unwrap().as_str(), "GB82WEST12345698765432");
    assert_eq!(first.beneficiary.bic.as_ref().unwrap().as_str(), "WESTGB22");
    assert_eq!(first.beneficiary.country.unwrap().as_str(), "GB");
    assert_eq!(second.beneficiary.account_number.as_deref(), Some("1234567"));
}

#[test]
fn what_is_left_out_has_careful_defaults() {
    let mass_payment = send_json(&of_length(1)).unwrap();
    assert!(!mass_payment.accept_immediately && !mass_payment.allow_duplicate);
    assert_eq!(mass_payment.on_errors, OnErrors::Hold);
    assert_eq!((&mass_payment.reference, mass_payment.confirm_by), (&None, None));
}

#[test]
fn null_is_as_good_as_absent() {
    let nulls = r#"{"reference":null,"accept_immediately":null,"on_errors":null,"confirm_by":null,"sell_currency":null,"allow_duplicate":null,"#;
    let body = of_length(1).replacen('{', nulls, 1);
    assert_eq!(send_json(&body), send_json(&of_length(1)));
}

#[test]
fn the_input_of_a_job_is_the_mass_payment_again() {
    let mass_payment = send_json(VALID).unwrap();
    let input = serde_json::to_vec(&mass_payment).unwrap();
    assert_eq!(serde_json::from_slice::<mass_payments::MassPayment>(&input).unwrap(), mass_payment);
}

#[test]
fn the_input_of_a_job_is_checked_field_by_field() {
    let read = |from: &str, to: &str| {
        assert!(VALID.contains(from));
        serde_json::from_str::<mass_payments::MassPayment>(&VALID.replacen(from, to, 1))
            .map_err(|error| error.to_string())
    };
    assert!(read("1000.50", "1000.50").is_ok());
    assert!(read("\"1000.50\"", "1000.50").is_err());
    assert!(read("1000.50", "0").unwrap_err().contains("greater than zero"));
    assert!(read("reason", "purpose").unwrap_err().contains("unknown field"));
}

#[test]
fn a_document_that_breaks_off_says_where() {
    let malformed = malformed("{\n  \"payments\": [");
    assert_eq!((malformed.line, malformed.column), (2, 15));
    assert_eq!(malformed.to_string(), "line 2, column 15: EOF while parsing a list");
}

#[test]
fn only_an_object_is_a_mass_payment() {
    for (body, kind) in
        [("[{}]", "an array"), ("null", "null"), ("3", "a number"), ("\"\"", "a string")]
    {
        assert_eq!(malformed(body).message, format!("a mass payment is an object, not {kind}"));
    }
}

#[test]
fn nothing_may_follow_the_document() {
    assert_eq!(malformed(format!("{VALID} {{}}")).message, "trailing characters");
}

#[test]
fn nesting_is_limited_also_where_nothing_is_read() {
    let nested = |depth: usize| {
        let body = format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        send(MediaType::Json, body.as_bytes(), &[])
    };
    assert!(nested(31).is_ok());
    for depth in [32, 100_000] {
        let message = nested(depth).unwrap_err().message;
        assert_eq!(message, "the document is nested deeper than 32 levels");
    }
}

#[test]
fn broken_text_is_malformed() {
    for body in ["", " ", "{", "{\"a\"}", "{'a':1}", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}", "{,}"]
    {
        malformed(body);
    }
    malformed(b"{\"reference\":\"\xc3\x28\"}");
}
